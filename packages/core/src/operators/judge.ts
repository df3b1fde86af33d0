import type { OutputTag } from '../api/output-tag.js';
import { OperatorFailure } from '../errors.js';
import type { OperatorHost } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { ErrorKind, ErrorPolicy } from './error-policy.js';

/** Who is to blame, by the policy's classifier; one that throws itself counts as an event error. */
export function kindOf<IN>(policy: ErrorPolicy<IN> | undefined, error: unknown): ErrorKind {
  return policy?.classify?.(error) ?? 'event';
}

/**
 * Carries out an operator's error policy for an element whose function failed for good.
 *
 * @param kind who is to blame; infrastructure errors fail the job attempt whatever the policy says of events
 */
export function judge<IN>(
  host: OperatorHost,
  policy: ErrorPolicy<IN> | undefined,
  record: StreamRecord<IN>,
  error: unknown,
  kind: ErrorKind,
  attempts: number,
): void {
  const action = policy?.onEventError ?? 'fail';
  if (kind === 'infrastructure' || action === 'fail') {
    host.fail(new OperatorFailure(host.context.operator, error));
    return;
  }
  host.context.metrics.counter('numRecordsInErrors').inc();
  if (action === 'skip') return;
  try {
    const letters = action.make(record.value, error, { operator: host.context.operator, attempts });
    for (const letter of letters) {
      host.emitSide(
        action.tag as OutputTag<unknown>,
        new StreamRecord<unknown>(letter, record.timestamp, record.scope),
      );
    }
  } catch (failure) {
    host.fail(new OperatorFailure(host.context.operator, failure));
  }
}
