import type { ConsumerRecord } from '@millrace/core';
import type { KafkaConnection, TopicDescription } from '@millrace/kafka';
import { MissingTopicError, TransactionRefusedError, WriterFencedError } from '@millrace/kafka';
import { LedgerRetentionError, RecordRefusedError, ReplayTakenOverError } from './errors.js';
import type { FailedLog, OffsetRange, ReplayTopics, ReplayWriter } from './failed-log.js';

export interface KafkaFailedLogOptions {
  /** Milliseconds for which a broker that does not answer is tried again. */
  readonly retryTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The log on Kafka. The connection is not closed here. */
export class KafkaFailedLog implements FailedLog {
  readonly #kafka: KafkaConnection;
  readonly #options: KafkaFailedLogOptions;

  constructor(kafka: KafkaConnection, options: KafkaFailedLogOptions) {
    this.#kafka = kafka;
    this.#options = options;
  }

  async ranges(topic: string, since?: number): Promise<ReadonlyMap<number, OffsetRange> | undefined> {
    if ((await this.#describe(topic)) === undefined) return undefined;
    const ranges = await this.#kafka.partitionRanges(topic);
    if (since === undefined) return ranges;
    const first = await this.#kafka.offsetsAt(topic, since);
    return new Map(
      [...ranges].map(([partition, { earliest, end }]) => [
        partition,
        { earliest: Math.max(earliest, first.get(partition) ?? earliest), end },
      ]),
    );
  }

  read(topic: string, partition: number, range: OffsetRange): AsyncIterable<ConsumerRecord> {
    return this.#kafka.readPartition(topic, partition, range);
  }

  /** By the transactional id only one process writes; the ledger is part of each transaction. */
  async openWriter({ failed, ledger }: ReplayTopics): Promise<ReplayWriter> {
    await this.#prepareLedger(failed, ledger);
    const writer = this.#kafka.transactionalWriter({ transactionalId: `${failed}.replay`, ...this.#options });
    return {
      takeOver: () => writer.takeOver(),
      close: () => writer.close(),
      write: async (records) => {
        try {
          await writer.write(records);
        } catch (error) {
          if (error instanceof TransactionRefusedError) throw new RecordRefusedError(error);
          throw error instanceof WriterFencedError ? new ReplayTakenOverError(failed, error) : error;
        }
      },
    };
  }

  async #prepareLedger(failed: string, ledger: string): Promise<void> {
    const config = { 'retention.ms': '-1', 'retention.bytes': '-1', 'cleanup.policy': 'delete' };
    const existing = await this.#describe(ledger);
    if (existing === undefined) {
      await this.#kafka.createTopics([{ topic: ledger, partitions: 1, config }]);
      return;
    }
    const source = await this.#describe(failed);
    if (source !== undefined && forgetsBefore(existing, source)) throw new LedgerRetentionError(ledger, failed);
  }

  async #describe(topic: string): Promise<TopicDescription | undefined> {
    try {
      return await this.#kafka.describeTopic(topic);
    } catch (error) {
      if (error instanceof MissingTopicError) return undefined;
      throw error;
    }
  }
}

/** Unknown where these credentials may not read the configuration: then it is believed. */
function forgetsBefore(ledger: TopicDescription, failed: TopicDescription): boolean {
  const policy = ledger.config?.get('cleanup.policy') ?? 'delete';
  if (policy.includes('compact')) return true;
  const { retentionMs: mine } = ledger;
  const { retentionMs: theirs } = failed;
  if (mine === undefined || mine < 0 || theirs === undefined) return false;
  return theirs < 0 || mine < theirs;
}
