import type { RecordMetadata } from 'kafkajs';
import type { BatchProducer, TopicBatch } from '../src/sink/batch-producer.js';

/** What one request carried: `topic-partition` -> values as text. */
export type SentRequest = Readonly<Record<string, readonly string[]>>;

export function protocolError(type: string, retriable = true): Error {
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type, retriable });
}

/** A broker in memory: takes requests one at a time, refuses what it is told to. */
export class FakeProducer implements BatchProducer {
  readonly requests: SentRequest[] = [];
  /** What stands in the partitions: `topic-partition` -> values. */
  readonly log = new Map<string, string[]>();
  connects = 0;
  disconnects = 0;
  /** Bytes of values in one partition of a request above which it is too large. */
  maxBatchBytes = Infinity;
  /** Asked before each request; throw to refuse it. */
  before: (request: SentRequest, batches: readonly TopicBatch[]) => void = () => undefined;
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve();
  /** Connecting takes until this resolves. */
  connecting: Promise<void> = Promise.resolve();
  isConnected = false;
  #inFlight = 0;

  async connect(): Promise<void> {
    this.connects++;
    await this.connecting;
    this.isConnected = true;
  }

  async disconnect(): Promise<void> {
    this.disconnects++;
    this.isConnected = false;
  }

  async send(batches: readonly TopicBatch[]): Promise<RecordMetadata[]> {
    if (++this.#inFlight > 1) throw new Error('two requests in flight');
    try {
      const request: Record<string, string[]> = {};
      for (const { topic, partition, records } of batches) {
        const place = `${topic}-${String(partition)}`;
        if (place in request) throw new Error(`two batches for ${place}`);
        request[place] = records.map(({ value }) => String(value));
      }
      this.requests.push(request);
      await this.gate;
      this.before(request, batches);
      for (const values of Object.values(request)) {
        const bytes = values.reduce((sum, value) => sum + value.length, 0);
        if (bytes > this.maxBatchBytes) throw protocolError('MESSAGE_TOO_LARGE', false);
      }
      const answers: RecordMetadata[] = [];
      for (const [name, values] of Object.entries(request)) {
        const log = this.log.get(name) ?? [];
        this.log.set(name, log.concat(values));
        const dash = name.lastIndexOf('-');
        answers.push({ topicName: name.slice(0, dash), partition: Number(name.slice(dash + 1)), errorCode: 0 });
      }
      return answers;
    } finally {
      this.#inFlight--;
    }
  }
}
