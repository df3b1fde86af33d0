import type { ConsumerRecord, ProducerRecord } from '@millrace/core';

/** Offsets of a partition, from `earliest` up to, not including, `end`. */
export interface OffsetRange {
  readonly earliest: number;
  readonly end: number;
}

/** What the commands on failed events need of the log. */
export interface FailedLog {
  /**
   * What each partition holds now; undefined where there is no such topic.
   *
   * @param since leaves out what stands before the first record of this time; milliseconds since 1970 UTC
   */
  ranges(topic: string, since?: number): Promise<ReadonlyMap<number, OffsetRange> | undefined>;
  /** Committed records of a partition within the range, in offset order. */
  read(topic: string, partition: number, range: OffsetRange): AsyncIterable<ConsumerRecord>;
  /**
   * For sending back. Makes the ledger's topic where it is missing.
   *
   * @throws SetupError where the topics are not as they must be
   */
  openWriter(topics: ReplayTopics): Promise<ReplayWriter>;
}

export interface ReplayTopics {
  /** What is sent back comes from here. */
  readonly failed: string;
  /** Where it is sent to. */
  readonly input: string;
  /** What was sent back is written down here. */
  readonly ledger: string;
}

/** A record and where it goes. */
export interface TopicRecord {
  readonly topic: string;
  readonly record: ProducerRecord;
}

/** Writes records to several topics, each group as a whole or not at all; one writer at a time for a failed topic. */
export interface ReplayWriter {
  /**
   * When it resolves, what other writers wrote is there or will never be. To be called first and after every error.
   *
   * @throws ServiceUnavailableError
   */
  takeOver(): Promise<void>;
  /**
   * All or none; resolves when it is durable.
   *
   * @throws RecordRefusedError nothing was written: the log does not take such records
   * @throws ReplayTakenOverError nothing was written: another process sends back now
   * @throws anything else: written or not, it shows after `takeOver`
   */
  write(records: readonly TopicRecord[]): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}
