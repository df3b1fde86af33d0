import { defineCommand, flagOption, numberOption, textOption, textsOption, timeOption } from '@millrace/runner';
import type { CommandContext, JobCommand } from '@millrace/runner';
import { outputTopics } from '../../config.js';
import type { ReconciliationVariables } from '../../config.js';
import { failureCodes } from '../../domain/codes.js';
import { JOB_NAME } from '../../job-name.js';
import { Pace } from '../pace.js';
import type { FailedEvent, Unmendable } from './failed-event.js';
import { listFailed } from './list.js';
import { leftLine, renderList, renderReplay, renderShown } from './render.js';
import { replay } from './replay.js';
import { ledgerTopic } from './replay-ledger.js';
import type { Selection } from './selection.js';
import { parsePlace, showFailed } from './show.js';
import { withFailedLog } from './with-failed-log.js';

type Context = CommandContext<ReconciliationVariables>;

const selecting = {
  code: textsOption({
    doc: 'only events with this code',
    placeholder: 'code',
    allowed: [...failureCodes],
  }),
  course: textOption({ doc: 'only events of this course', placeholder: 'id' }),
  since: timeOption({ doc: 'only events that failed at this time or later' }),
  until: timeOption({ doc: 'only events that failed before this time' }),
};

interface Selecting {
  readonly code: readonly string[];
  readonly course: string | undefined;
  readonly since: number | undefined;
  readonly until: number | undefined;
}

function selectionOf({ code, course, since, until }: Selecting): Selection {
  return { codes: code, course, since, until };
}

/** `failed list`, `failed show`, `failed replay`. */
export const failedCommands: readonly JobCommand<ReconciliationVariables>[] = [
  defineCommand({
    name: 'failed list',
    description: 'count the failed events by code and course',
    groupDescription: 'look at failed events, and send them back',
    options: selecting,
    async run(context: Context, options) {
      const { out, format, signal, progress } = context;
      const { failed: topic } = outputTopics(context.config);
      const list = await withFailedLog(context, [topic], (log) =>
        listFailed(log, {
          ...{ jobName: JOB_NAME, topic, selection: selectionOf(options), signal },
          progress: (read) => progress(read, undefined, 'failed events read'),
        }),
      );
      out.write(format === 'json' ? `${JSON.stringify(list)}\n` : renderList(list));
    },
  }),
  defineCommand({
    name: 'failed show',
    description: 'show one failed event, with its cause in words',
    options: {
      event: textOption({
        doc: 'place in the failed topic',
        placeholder: 'partition:offset',
        required: true,
        check: (text) => (parsePlace(text) === undefined ? 'must be partition:offset, for instance 0:17.' : undefined),
      }),
    },
    async run(context: Context, { event }) {
      const { failed: topic } = outputTopics(context.config);
      const place = parsePlace(event) ?? { partition: -1, offset: -1 };
      const shown = await withFailedLog(context, [topic], (log) => showFailed(log, topic, place, JOB_NAME));
      context.out.write(context.format === 'json' ? `${JSON.stringify(shown)}\n` : renderShown(shown));
    },
  }),
  defineCommand({
    name: 'failed replay',
    description: 'send failed events back to the input topic, each once for ever',
    options: {
      ...selecting,
      'dry-run': flagOption({ doc: 'say what would be sent, send nothing' }),
      rate: numberOption({ doc: 'events sent in a second at most', default: 1_000, min: 0.1, max: 1_000_000 }),
    },
    run: replayCommand,
  }),
];

/** Lines that name what is left; further ones are counted only. */
const MOST_LINES = 1_000;
/** Groups are small enough that a slow rate goes evenly. */
const GROUPS_PER_SECOND = 5;
const MOST_IN_A_GROUP = 200;

async function replayCommand(
  context: Context,
  options: Selecting & { readonly 'dry-run': boolean; readonly rate: number },
): Promise<void> {
  const { config, clock, signal, out, format, progress } = context;
  const { failed } = outputTopics(config);
  const input = config.get('kafka.input.topic');
  const { rate, 'dry-run': dryRun } = options;
  const left: { event: string; code: string; reason: Unmendable | 'tooLarge' }[] = [];
  const onLeft = (event: FailedEvent, reason: Unmendable | 'tooLarge'): void => {
    if (left.length > MOST_LINES) return;
    const { partition, offset } = event.record;
    left.push({ event: `${String(partition)}:${String(offset)}`, code: event.code, reason });
    context.note(left.length > MOST_LINES ? 'left: more events, which are only counted' : leftLine(event, reason));
  };
  let sent = 0;
  try {
    const report = await withFailedLog(context, [failed, input], (log) =>
      replay(log, {
        jobName: JOB_NAME,
        topics: { failed, input, ledger: ledgerTopic(failed) },
        selection: selectionOf(options),
        groupSize: Math.max(1, Math.min(MOST_IN_A_GROUP, Math.ceil(rate / GROUPS_PER_SECOND))),
        pace: new Pace(clock, rate, signal),
        ...{ dryRun, signal, onLeft },
        onSent: (count) => {
          sent = count;
          context.logger.debug({ sent }, 'events sent back');
          progress(sent, undefined, 'events sent back');
        },
      }),
    );
    const result = { dryRun, ...report, leftEvents: left.slice(0, MOST_LINES) };
    out.write(format === 'json' ? `${JSON.stringify(result)}\n` : renderReplay(report, dryRun));
  } catch (error) {
    if (sent > 0) context.note(`${sent.toLocaleString('en-US')} events were sent back; run it again for the others`);
    throw error;
  }
}
