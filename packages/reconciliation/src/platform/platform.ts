import type { ConsumerRecord, ErrorClassifier, ProducerRecord, Sink, Source } from '@millrace/core';
import type { FailedRecord } from '../domain/failed-record.js';
import type { Stores } from '../stores/ports.js';

/** What the job stands on: an embedded store, or Kafka, Cassandra, Redis and the search service. */
export interface Platform {
  readonly source: Source<ConsumerRecord>;
  readonly sinks: {
    readonly certificates: Sink<ProducerRecord>;
    readonly audit: Sink<ProducerRecord>;
    readonly failed: Sink<FailedRecord>;
  };
  /** Usable once connected. */
  readonly stores: Stores;
  /** Who is to blame for an error of the stores. */
  readonly classify: ErrorClassifier;
  /** Largest failed record that the log takes, in bytes. */
  readonly maxFailedBytes: number;
  /**
   * Connects, and checks that topics, tables and columns are there.
   *
   * @throws SetupError with one line for all that is missing, ServiceUnavailableError
   */
  connect(signal: AbortSignal): Promise<void>;
  /** Releases everything. Never rejects. */
  close(): Promise<void>;
}
