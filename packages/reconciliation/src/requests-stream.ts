import { StreamExecutionEnvironment, systemClock } from '@millrace/core';
import type {
  Clock,
  ConsumerRecord,
  ErrorClassifier,
  ProducerRecord,
  SingleOutputStream,
  Sink,
  Source,
} from '@millrace/core';
import type { FailedRecord } from './domain/failed-record.js';
import type { SyncRequest } from './domain/model.js';
import type { ParsedRecord } from './domain/parse.js';
import { createWriteClock } from './domain/write-clock.js';
import type { WriteClock } from './domain/write-clock.js';
import type { StageOptions } from './options.js';
import { DeserializeFunction } from './stages/deserialize.js';
import type { FailureOptions } from './stages/stage-failures.js';
import { FAILED } from './stages/tags.js';
import { Tally } from './stages/tally.js';

/** What the graph of a job of this family is built of. */
export interface JobParts<K extends string, S, O extends StageOptions> {
  /** Requests; those of a learner are in one partition. */
  readonly source: Source<ConsumerRecord>;
  /** Where it writes what it has to tell, besides its failed events. */
  readonly sinks: Readonly<Record<K, Sink<ProducerRecord>>> & {
    /** Where the broker calls a record too large, its `truncated()` is to be written in its place. */
    readonly failed: Sink<FailedRecord>;
  };
  readonly stores: S;
  readonly options: O;
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
  /** Filled while the job runs. @default a new one that nobody sees */
  readonly tally?: Tally;
  /** @default the process's */
  readonly clock?: Clock;
}

/** The first stage of a graph, and what the stages behind it share. */
export interface RequestsStream<R> {
  readonly env: StreamExecutionEnvironment;
  /** Has the side output `FAILED`. */
  readonly requests: SingleOutputStream<R>;
  readonly failures: FailureOptions;
  readonly clock: Clock;
  /** One for all that writes the tables. */
  readonly writeClock: WriteClock;
}

/**
 * Begins the graph of a job: its source and stage 1, in which every record becomes a request, a failed event or nothing.
 *
 * @param parse judges a record, may throw InvalidEventError
 */
export function readRequests<R extends SyncRequest>(
  { source, options, classify, tally = new Tally(), clock = systemClock }: JobParts<never, unknown, StageOptions>,
  input: { readonly uid: string; readonly name?: string },
  parse: (record: ConsumerRecord) => ParsedRecord<R>,
): RequestsStream<R> {
  const records = { jobName: options.jobName, maxBytes: options.failedMaxBytes };
  const env = new StreamExecutionEnvironment({ jobName: options.jobName });
  const requests = env
    .fromSource(source, input)
    .process(new DeserializeFunction<R>(records, tally, parse), { uid: 'deserialize', sideOutputs: [FAILED] });
  const failures = { records, classify, tally };
  return { ...{ env, requests, failures, clock }, writeClock: createWriteClock(() => clock.now()) };
}
