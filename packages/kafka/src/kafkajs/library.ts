import { createRequire } from 'node:module';
import { fetchCure as cureFetch } from './fetch/fetch-cure.js';
import { cureProducer } from './produce/produce-cure.js';
import { cureClock } from './clock-cure.js';
import { cureIdleTimer } from './timer-cure.js';

// One require for the library, its codec table and the cured class: all three must be of the same copy of kafkajs.
const require = createRequire(import.meta.url);

/** What happened to the timer of this copy of kafkajs; a warning is logged when it was left alone. */
export const timerCure = cureIdleTimer(require);

/** Whether this copy of kafkajs goes on where the machine's clock is set; a warning is logged when not. */
export const clockCure = cureClock(require);

/** Whether producers of this copy of kafkajs take this package's record batches; a warning is logged when not. */
export const producerCure = cureProducer(require);

/** Decodes what the brokers of our consumers answer; a warning is logged when it cannot. */
export const fetchCure = cureFetch(require);

const kafkajs = require('kafkajs') as typeof import('kafkajs');

// A consumer meets whatever codec the topic's producers chose; a missing one stops it for good. Before any client.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = require('kafkajs-snappy') as () => unknown;

export const { AssignerProtocol, CompressionTypes, ConfigResourceTypes, Kafka, logLevel, PartitionAssigners } = kafkajs;

/** kafkajs's reading of one partition of a fetch response: leaves out aborted and control records. */
interface FetchedBatch {
  readonly messages: readonly import('kafkajs').RecordBatchEntry[];
  /** Offset of the last record of any kind; of the fetch where only older ones came, high watermark - 1 where none. */
  lastOffset(): string;
  readonly rawMessages: readonly unknown[];
}

export const Batch = require('kafkajs/src/consumer/batch.js') as new (
  topic: string,
  fetchedOffset: string,
  partitionData: unknown,
) => FetchedBatch;
