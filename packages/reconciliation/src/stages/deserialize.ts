import { messageOf } from '@millrace/core';
import type {
  Collector,
  ConsumerRecord,
  Counter,
  ProcessContext,
  ProcessFunction,
  RuntimeContext,
} from '@millrace/core';
import type { Failure, FailureCode } from '../domain/codes.js';
import { failedRecord } from '../domain/failed-record.js';
import type { FailedRecordOptions } from '../domain/failed-record.js';
import type { SyncRequest } from '../domain/model.js';
import type { ParsedRecord } from '../domain/parse.js';
import { InvalidEventError } from '../errors.js';
import { FAILED } from './tags.js';
import type { Tally } from './tally.js';

/** Stage 1: a record becomes a request, a failed event (to the tag `failed`), or nothing where it is not for this job. */
export class DeserializeFunction<R extends SyncRequest = SyncRequest> implements ProcessFunction<ConsumerRecord, R> {
  readonly #parse: (record: ConsumerRecord) => ParsedRecord<R>;
  readonly #records: FailedRecordOptions;
  readonly #tally: Tally;
  #total!: Counter;
  #skipped!: Counter;
  #failed!: Counter;

  /** @param parse judges a record, may throw InvalidEventError; `parseRecord` for requests for a sync */
  constructor(records: FailedRecordOptions, tally: Tally, parse: (record: ConsumerRecord) => ParsedRecord<R>) {
    this.#parse = parse;
    this.#records = records;
    this.#tally = tally;
  }

  open({ metrics }: RuntimeContext): void {
    this.#total = metrics.counter('total-events-count', 'Records read');
    this.#skipped = metrics.counter('skipped-events-count', 'Requests that needed nothing');
    this.#failed = metrics.counter('failed-events-count', 'Failed events written');
  }

  processElement(record: ConsumerRecord, context: ProcessContext, out: Collector<R>): void {
    this.#total.inc();
    const parsed = this.#judge(record);
    switch (parsed.kind) {
      case 'request':
        out.collect(parsed.request);
        return;
      case 'skipped':
        this.#skipped.inc();
        this.#tally.add('skipped');
        return;
      case 'failure': {
        const failure: Failure = { code: parsed.code, error: parsed.error, stage: 'deserialize', attempts: 1 };
        this.#failed.inc();
        this.#tally.add('failed');
        context.output(FAILED, failedRecord(record, failure, this.#records));
      }
    }
  }

  /** Nothing that a record contains may end the job, not even a fault of ours. */
  #judge(record: ConsumerRecord): ParsedRecord<R> | { kind: 'failure'; code: FailureCode; error: string } {
    try {
      return this.#parse(record);
    } catch (error) {
      const code = error instanceof InvalidEventError ? error.code : 'ERR_PROCESSING';
      return { kind: 'failure', code, error: messageOf(error) };
    }
  }
}
