import { readFailedEvent } from './failed-event.js';
import type { FailedLog } from './failed-log.js';
import { identityOf, ledgerTopic, ReplayLedger } from './replay-ledger.js';
import { isSelected } from './selection.js';
import type { Selection } from './selection.js';

/** Failed events of one code and course. */
export interface FailedGroup {
  readonly code: string;
  /** Null where the event names none. */
  readonly course: string | null;
  readonly events: number;
  /** Of these, sent back already. */
  readonly sentBack: number;
  /** Of these, not to be mended by sending them back. */
  readonly unmendable: number;
  /** When the first and the last of them failed; milliseconds since 1970 UTC. */
  readonly first: number | null;
  readonly last: number | null;
  /** The one that was met last, as `failed show --event` takes it. */
  readonly event: string;
}

export interface FailedList {
  readonly topic: string;
  readonly events: number;
  /** Records that are not this job's: a topic may be shared. */
  readonly others: number;
  /** The largest first. */
  readonly groups: readonly FailedGroup[];
}

export interface ListOptions {
  readonly jobName: string;
  readonly topic: string;
  readonly selection: Selection;
  readonly signal: AbortSignal;
  progress(read: number): void;
}

type Counting = { -readonly [name in keyof FailedGroup]: FailedGroup[name] };

/** Counts what is in the failed topic by code and course. Memory grows with the groups, not with the events. */
export async function listFailed(log: FailedLog, options: ListOptions): Promise<FailedList> {
  const { topic, selection, signal } = options;
  const ledger = new ReplayLedger(ledgerTopic(topic));
  await ledger.refresh(log);
  const groups = new Map<string, Counting>();
  let [read, events, others] = [0, 0, 0];
  for (const [partition, range] of (await log.ranges(topic, selection.since)) ?? []) {
    for await (const record of log.read(topic, partition, range)) {
      signal.throwIfAborted();
      options.progress((read += 1));
      const event = readFailedEvent(record, options.jobName);
      if (event === undefined) others += 1;
      if (event === undefined || !isSelected(event, selection)) continue;
      events += 1;
      const { code, courseId = null } = event;
      const id = JSON.stringify([code, courseId]);
      const group = groups.get(id) ?? emptyGroup(code, courseId);
      groups.set(id, group);
      group.events += 1;
      group.event = `${String(partition)}:${String(record.offset)}`;
      if (event.unmendable !== undefined) group.unmendable += 1;
      else if (ledger.has(identityOf(event))) group.sentBack += 1;
      const time = record.timestamp ?? null;
      if (time !== null) {
        group.first = Math.min(group.first ?? time, time);
        group.last = Math.max(group.last ?? time, time);
      }
    }
  }
  const sorted = [...groups.values()].sort(
    (a, b) => b.events - a.events || compare(a.code, b.code) || compare(a.course ?? '', b.course ?? ''),
  );
  return { topic, events, others, groups: sorted };
}

function emptyGroup(code: string, course: string | null): Counting {
  return { code, course, events: 0, sentBack: 0, unmendable: 0, first: null, last: null, event: '' };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
