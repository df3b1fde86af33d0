import { messageOf, OperatorFailure } from '../errors.js';
import type { OperatorHost } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { ErrorKind, ErrorPolicy } from './error-policy.js';

/**
 * Who is to blame, by the policy's classifier; one that throws itself counts as an event error.
 *
 * @param unclassified what it is where there is no classifier
 */
export function kindOf<IN>(
  policy: ErrorPolicy<IN> | undefined,
  error: unknown,
  unclassified: ErrorKind = 'event',
): ErrorKind {
  try {
    return policy?.classify?.(error) ?? unclassified;
  } catch {
    return 'event';
  }
}

/**
 * Carries out an operator's error policy for an element whose function failed for good.
 *
 * @param kind who is to blame; infrastructure errors fail the job attempt whatever the policy says of events
 * @returns whether the element is dealt with; false where the job attempt fails and the element will be replayed
 */
export function judge<IN>(
  host: OperatorHost,
  policy: ErrorPolicy<IN> | undefined,
  record: StreamRecord<IN>,
  error: unknown,
  kind: ErrorKind,
  attempts: number,
): boolean {
  const { operator, logger, metrics } = host.context;
  const action = policy?.onEventError ?? 'fail';
  if (kind === 'infrastructure' || action === 'fail') {
    host.fail(new OperatorFailure(operator, error));
    return false;
  }
  metrics.counter('numRecordsInErrors').inc();
  logger.debug({ err: messageOf(error) }, action === 'skip' ? 'element skipped' : 'element sent to a side output');
  if (action === 'skip') return true;
  try {
    const letters = action.make(record.value, error, { operator, attempts });
    for (const letter of letters) {
      const tag = action.tag;
      host.emitSide(tag, new StreamRecord<unknown>(letter, record.timestamp, record.scope));
    }
    return true;
  } catch (failure) {
    host.fail(new OperatorFailure(operator, failure));
    return false;
  }
}
