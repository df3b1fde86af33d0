import type { ProducerRecord } from '@millrace/core';
import type { KafkaConnection } from '../connection/kafka-connection.js';

/** Which topic a sink writes, and how. */
export interface KafkaSinkOptions {
  /** Connection whose one producer is used; sinks on one connection share their requests. */
  readonly connection: KafkaConnection;
  /** Topic to write to. It must exist: it is never created. */
  readonly topic: string;
  /**
   * How long a record that cannot be written is tried again, in milliseconds, before it is reported as failed and the
   * job attempt with it. Too small: a broker's restart costs a restart of the job.
   * @default 600000
   */
  readonly retryTimeoutMs?: number;
  /** How long `open` waits for the brokers, in milliseconds. @default 60000 */
  readonly openTimeoutMs?: number;
  /**
   * Called with a single record that the broker calls too large: give back a smaller one to be written in its place, or
   * undefined to have it reported as failed. Must not throw. Its `partition` and `key` are ignored for the choice of the
   * partition, which stays the one of the record that it replaces.
   * @default every such record is reported as failed
   */
  readonly onTooLarge?: (record: ProducerRecord) => ProducerRecord | undefined;
}

/** @default of `retryTimeoutMs`: ten minutes. */
export const DEFAULT_RETRY_TIMEOUT_MS = 600_000;
