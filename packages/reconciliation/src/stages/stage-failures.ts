import { messageOf } from '@millrace/core';
import type { Counter, DeadLetter, ErrorClassifier, ErrorKind, ErrorPolicy, MetricGroup } from '@millrace/core';
import type { Failure, FailureStage } from '../domain/codes.js';
import { failedRecord } from '../domain/failed-record.js';
import type { FailedRecord, FailedRecordOptions } from '../domain/failed-record.js';
import type { Requests } from '../domain/requests.js';
import { InvalidEventError, LeafNodesMissingError, PartOfGroupError } from '../errors.js';
import { FAILED } from './tags.js';
import type { Tally } from './tally.js';

/** What the stages share for their failures. */
export interface FailureOptions {
  readonly records: FailedRecordOptions;
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
  readonly tally: Tally;
}

interface OfRequests {
  readonly requests: Requests;
}

/**
 * The error policy of one stage: an error of the event becomes a failed event for every request of the group, anything
 * else is left to the operator's retries.
 */
export class StageFailures<I = OfRequests> implements ErrorPolicy<I> {
  readonly onEventError: DeadLetter<I, FailedRecord>;
  readonly #stage: FailureStage;
  readonly #options: FailureOptions;
  #failed: Counter | undefined;
  #retired: Counter | undefined;

  /** @param requestsOf of an element. @default its `requests` */
  constructor(
    stage: FailureStage,
    options: FailureOptions,
    requestsOf: (input: I) => Requests = (input) => (input as OfRequests).requests,
  ) {
    this.#stage = stage;
    this.#options = options;
    this.onEventError = {
      tag: FAILED,
      make: (input, error, { attempts }) => this.#make(requestsOf(input), error, attempts),
    };
  }

  /** Registers the counters of the operator. */
  open(metrics: MetricGroup): void {
    this.#failed = metrics.counter('failed-events-count', 'Failed events written');
    if (this.#stage === 'aggregate') {
      this.#retired = metrics.counter('retired-consumption-events-count', 'Requests for retired courses');
    }
  }

  readonly classify = (error: unknown): ErrorKind => {
    if (error instanceof PartOfGroupError) return this.classify(error.cause);
    if (error instanceof LeafNodesMissingError || error instanceof InvalidEventError) return 'event';
    return this.#options.classify(error);
  };

  /**
   * What an error of the event is called, undefined for an error of the infrastructure.
   *
   * @param attempts calls made for the element, the failing one included
   */
  failureOf(error: unknown, attempts: number): Failure | undefined {
    if (this.classify(error) === 'infrastructure') return undefined;
    return failureOf(error instanceof PartOfGroupError ? error.cause : error, this.#stage, attempts);
  }

  #make(requests: Requests, error: unknown, attempts: number): readonly FailedRecord[] {
    if (error instanceof PartOfGroupError) return this.#make(error.requests, error.cause, attempts);
    const failure = failureOf(error, this.#stage, attempts);
    if (failure.code === 'ERR_COLLECTION_RETIRED') this.#retired?.inc(requests.length);
    this.#failed?.inc(requests.length);
    this.#options.tally.add('failed', requests.length);
    return requests.map((request) => failedRecord(request.record, failure, this.#options.records));
  }
}

function failureOf(error: unknown, stage: FailureStage, attempts: number): Failure {
  if (error instanceof LeafNodesMissingError) {
    return { code: error.code, error: error.message, stage, attempts: error.attempts };
  }
  const code = error instanceof InvalidEventError ? error.code : 'ERR_PROCESSING';
  return { code, error: messageOf(error), stage, attempts };
}
