import { codeOf } from './check-failed.js';
import { auditOf, certificateOf } from './events.js';
import type { Cast, Kind, Learner } from './learner.js';
import { enrolmentKey } from './observed.js';
import type { Observed, ReadRecord } from './observed.js';
import { requestsOf } from './requests.js';
import type { PlannedRecord } from './requests.js';
import {
  aggregatesAfter,
  aggregatesBefore,
  enrolmentAfter,
  enrolmentBefore,
  isComplete,
  isRecomputed,
} from './tables.js';
import type { AggregateRows, EnrolmentRow } from './tables.js';

const PARTITIONS = 2;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type RowsOf<T> = T extends ReadonlyMap<infer K, infer V> ? Map<K, V> : T extends readonly (infer E)[] ? E[] : T;

/** What a run without a fault leaves behind, made up; for tests of the checker, which change one thing in it. */
export class InnocentWorld {
  readonly planned: PlannedRecord[] = [];
  readonly seen: { [K in keyof Writable<Observed>]: RowsOf<Observed[K]> } = {
    inputs: [],
    committed: new Map(),
    ends: new Map(),
    enrolments: new Map<string, EnrolmentRow>(),
    aggregates: new Map<string, AggregateRows>(),
    certificates: [],
    audits: [],
    failed: [],
  };

  constructor(cast: Cast, pool: number) {
    for (let index = 0; index < pool; index += 1) this.#ask(cast.learner(index));
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const end = this.seen.inputs.filter((input) => input.partition === partition).length;
      this.seen.ends.set(partition, end);
      this.seen.committed.set(partition, end);
    }
  }

  /** The first learner of a kind, the next ones with `n`. */
  learner(kind: Kind, n = 0): Learner {
    const found = this.planned.map(({ learner }) => learner).filter((learner) => learner.kind === kind);
    return [...new Map(found.map((learner) => [learner.index, learner])).values()][n]!;
  }

  /** Of the learner's first request. */
  inputOf({ index }: Learner): ReadRecord {
    const planned = this.planned.find(({ learner }) => learner.index === index);
    return this.seen.inputs.find(({ value }) => value === planned?.value)!;
  }

  enrolmentKeyOf({ userid, courseid, batchid }: Learner): string {
    return enrolmentKey(userid, courseid, batchid);
  }

  /** A failed event for an input record. */
  failedEvent({ key, partition, offset }: ReadRecord, code: string): ReadRecord {
    const value = JSON.stringify({ failInfo: { code, stage: 'deserialize', partition, offset: String(offset) } });
    return { ...this.#placeOf(key ?? '', this.seen.failed), timestamp: 1, key, value };
  }

  #ask(learner: Learner): void {
    const inputs = requestsOf(learner, this.planned.length).map((planned) => {
      this.planned.push(planned);
      const { key, value, timestamp } = planned;
      const input = { ...this.#placeOf(key, this.seen.inputs), key, value, timestamp };
      this.seen.inputs.push(input);
      const code = codeOf(learner.kind);
      if (code !== null) this.seen.failed.push(this.failedEvent(input, code));
      return input;
    });
    const time = inputs[0]!.timestamp;
    const isDone = isRecomputed(learner);
    const row = isDone ? enrolmentAfter(learner, time) : enrolmentBefore(learner);
    if (row !== undefined) this.seen.enrolments.set(this.enrolmentKeyOf(learner), row);
    this.seen.aggregates.set(learner.userid, isDone ? aggregatesAfter(learner) : aggregatesBefore(learner));
    if (!isDone || !isComplete(learner)) return;
    const { certificates, audits } = this.seen;
    for (const [records, event] of [[certificates, certificateOf] as const, [audits, auditOf] as const]) {
      const value = JSON.stringify(event(learner, time));
      records.push({ ...this.#placeOf(learner.userid, records), timestamp: time, key: learner.userid, value });
    }
  }

  #placeOf(key: string, records: readonly ReadRecord[]): { partition: number; offset: number } {
    const partition = key.length % PARTITIONS;
    return { partition, offset: records.filter((record) => record.partition === partition).length };
  }
}
