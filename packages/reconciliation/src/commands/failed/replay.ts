import { readFailedEvent } from './failed-event.js';
import type { FailedEvent, Unmendable } from './failed-event.js';
import type { FailedLog } from './failed-log.js';
import { GroupSender } from './group-sender.js';
import type { SendOptions } from './group-sender.js';
import { identityOf, ReplayLedger } from './replay-ledger.js';
import { isSelected } from './selection.js';
import type { Selection } from './selection.js';

export interface ReplayOptions extends Omit<SendOptions, 'onLeft'> {
  readonly jobName: string;
  readonly selection: Selection;
  /** Reads and reports, writes nothing. */
  readonly dryRun: boolean;
  /** Ends the work between two transactions. */
  readonly signal: AbortSignal;
  /** Called for each event that stays where it is. */
  onLeft(event: FailedEvent, reason: Unmendable | 'tooLarge'): void;
}

/** What became of the failed events that were selected. */
export interface ReplayReport {
  /** Sent back; in a dry run: would be. */
  readonly sent: number;
  /** Sent back before, by another run or as another record of the same failure. */
  readonly sentBefore: number;
  /** Sending back does not mend them. */
  readonly left: number;
}

/**
 * Sends the selected events of the failed topic back to the input topic, key and value byte for byte as they are, each
 * once for ever: with every group goes, in one transaction, a record into the ledger that says what was sent, and what
 * the ledger knows is not sent. Where this is killed, whatever was not committed is not there. What fails anew while it
 * runs is not met: the end of the failed topic is taken at the start.
 *
 * @throws ReplayTakenOverError, ServiceUnavailableError, LedgerUnreadableError; the signal's reason
 */
export async function replay(log: FailedLog, options: ReplayOptions): Promise<ReplayReport> {
  const { topics, selection, signal } = options;
  const ranges = await log.ranges(topics.failed, selection.since);
  const ledger = new ReplayLedger(topics.ledger);
  const met = new ReplayLedger(topics.ledger);
  const counts = { sent: 0, sentBefore: 0, left: 0 };
  const leave: ReplayOptions['onLeft'] = (event, reason) => {
    counts.left += 1;
    options.onLeft(event, reason);
  };
  const sender = options.dryRun ? undefined : await GroupSender.open(log, ledger, { ...options, onLeft: leave });
  try {
    if (sender === undefined) await ledger.refresh(log);
    for (const [partition, range] of ranges ?? []) {
      for await (const record of log.read(topics.failed, partition, range)) {
        signal.throwIfAborted();
        const event = readFailedEvent(record, options.jobName);
        if (event === undefined || !isSelected(event, selection)) continue;
        const identity = identityOf(event);
        if (event.unmendable !== undefined) leave(event, event.unmendable);
        else if (ledger.has(identity) || met.has(identity)) counts.sentBefore += 1;
        else {
          met.addAll([identity]);
          if (sender === undefined) counts.sent += 1;
          else await sender.add(event);
        }
      }
    }
    await sender?.flush();
  } finally {
    await sender?.close();
  }
  return { ...counts, sent: sender?.sent ?? counts.sent };
}
