import { randomUUID } from 'node:crypto';
import {
  defineCommand,
  flagOption,
  numberOption,
  renderTable,
  StoppedError,
  textOption,
  UsageError,
} from '@millrace/runner';
import type { CommandContext } from '@millrace/runner';
import type { ReconciliationVariables } from '../../config.js';
import type { EnrolmentKey } from '../../domain/model.js';
import { anyIdOptions } from '../enrolment-options.js';
import { Pace } from '../pace.js';
import { enrolmentsIn } from './request-file.js';
import { withRequestLog } from './request-log.js';
import { sendRequests } from './send-requests.js';
import { syncEvent } from './sync-event.js';

/** A typing error should not start the recomputing of a whole installation. */
const MOST_WITHOUT_YES = 1_000;
/** Groups are small enough that a slow rate goes evenly. */
const GROUPS_PER_SECOND = 5;
const MOST_IN_A_GROUP = 500;

const options = {
  ...anyIdOptions,
  file: textOption({ doc: 'JSON Lines of {"userId","courseId","batchId"}, as drift --out writes them' }),
  rate: numberOption({ doc: 'requests in a second at most', default: 100, min: 0.1, max: 100_000 }),
  skip: numberOption({
    doc: 'leave out so many enrolments at the beginning of the file',
    default: 0,
    min: 0,
    integer: true,
  }),
  'dry-run': flagOption({ doc: 'say what would be sent, send nothing' }),
  yes: flagOption({ doc: `send more than ${MOST_WITHOUT_YES.toLocaleString('en-US')} requests` }),
};

interface Values {
  readonly user: string | undefined;
  readonly course: string | undefined;
  readonly batch: string | undefined;
  readonly file: string | undefined;
  readonly rate: number;
  readonly skip: number;
  readonly 'dry-run': boolean;
  readonly yes: boolean;
}

/** `request`: sync requests for one enrolment or for those in a file. */
export const requestCommand = defineCommand({
  name: 'request',
  description: 'send sync requests for an enrolment, or for all in a file',
  options,
  async run(context: CommandContext<ReconciliationVariables>, values) {
    const { config, clock, signal, progress } = context;
    const { rate, skip, 'dry-run': dryRun } = values;
    const enrolments = chosen(values, context);
    // All of the file is read before anything is sent: a bad line at its end must not be found when half is gone.
    const { total, first } = await survey(enrolments());
    const wanted = Math.max(0, total - skip);
    if (wanted > MOST_WITHOUT_YES && !values.yes && !dryRun) {
      const many = wanted.toLocaleString('en-US');
      throw new UsageError(`${many} requests: more than ${MOST_WITHOUT_YES.toLocaleString('en-US')} need --yes`);
    }
    const topic = config.get('kafka.input.topic');
    let sent = 0;
    try {
      await withRequestLog({ ...context, topic }, async (log) => {
        if (dryRun) return;
        await sendRequests(enrolments(), log, {
          ...{ clock, skip, uuid: randomUUID },
          pace: new Pace(clock, rate, signal),
          groupSize: Math.max(1, Math.min(MOST_IN_A_GROUP, Math.ceil(rate / GROUPS_PER_SECOND))),
          onSent(count) {
            sent = count;
            progress(sent, wanted, 'requests sent');
          },
        });
      });
    } catch (error) {
      if (signal.aborted) throw new StoppedError(`request was stopped: ${howFar(sent, wanted, values)}`);
      if (sent > 0) context.note(howFar(sent, wanted, values));
      throw error;
    }
    print(context, { topic, requests: wanted, sent, dryRun }, first);
  },
});

/** @throws UsageError where it is not clear which enrolments are meant */
function chosen(
  { user, course, batch, file, skip }: Values,
  { cwd, signal }: Pick<CommandContext, 'cwd' | 'signal'>,
): () => AsyncIterable<readonly EnrolmentKey[]> {
  const given = [user, course, batch].filter((id) => id !== undefined).length;
  if (file !== undefined && given === 0) return () => enrolmentsIn(file, cwd, signal);
  if (file !== undefined)
    throw new UsageError('--file names enrolments, and so do --user, --course and --batch: give one');
  if (user === undefined || course === undefined || batch === undefined) {
    throw new UsageError('give --user, --course and --batch, or --file');
  }
  if (skip > 0) throw new UsageError('--skip goes with --file');
  const key = { userId: user, courseId: course, batchId: batch };
  return async function* () {
    yield await Promise.resolve([key]);
  };
}

async function survey(
  enrolments: AsyncIterable<readonly EnrolmentKey[]>,
): Promise<{ readonly total: number; readonly first: EnrolmentKey | undefined }> {
  let total = 0;
  let first: EnrolmentKey | undefined;
  for await (const keys of enrolments) {
    first ??= keys[0];
    total += keys.length;
  }
  return { total, first };
}

function howFar(sent: number, wanted: number, { file, skip }: Values): string {
  const line = `${sent.toLocaleString('en-US')} of ${wanted.toLocaleString('en-US')} requests were sent`;
  return file === undefined || sent === 0 ? line : `${line}; go on with --skip ${String(skip + sent)}`;
}

interface Result {
  readonly topic: string;
  /** That were asked for. */
  readonly requests: number;
  readonly sent: number;
  readonly dryRun: boolean;
}

function print(
  { format, out, note, clock }: Pick<CommandContext, 'format' | 'out' | 'note' | 'clock'>,
  result: Result,
  first: EnrolmentKey | undefined,
): void {
  if (result.dryRun && first !== undefined) {
    note(`nothing was sent; the first would be ${syncEvent(first, clock.now(), '<a new UUID>')}`);
  }
  if (format === 'json') {
    out.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { topic, requests, sent, dryRun } = result;
  out.write(
    renderTable([
      ['topic', topic],
      ['requests', requests],
      ['sent', dryRun ? '0, a dry run' : sent],
    ]),
  );
}
