import { createRequire } from 'node:module';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { ProducerRecord } from '@millrace/core';
import fc from 'fast-check';
import { SinkMessage } from '../../sink/message.js';
import { toKafkaMessage } from './batch-messages.js';
import { type BatchCodec, encodeProduceRequest } from './produce-request.js';
import type { BatchRecord } from './record-batch.js';

const require = createRequire(import.meta.url);
const NOW = 1_763_800_000_000;

interface Topic {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly records: readonly BatchRecord[] }[];
}

interface Producing {
  readonly transactionalId?: string;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly firstSequence?: number;
}

/** The body as kafkajs's own encoder makes it. */
async function published(topics: readonly Topic[], compression = 0, producing: Producing = {}): Promise<Buffer> {
  const define = require('kafkajs/src/protocol/requests/produce/v7/request.js') as (args: object) => {
    encode(): Promise<{ buffer: Buffer }>;
  };
  const { firstSequence = 0, ...producer } = producing;
  const topicData = topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, records }) => {
      return { partition, firstSequence, messages: records.map(toKafkaMessage) };
    }),
  }));
  return (await define({ acks: -1, timeout: 30_000, compression, topicData, ...producer }).encode()).buffer;
}

/** The same by ours. */
function ours(topics: readonly Topic[], codec?: BatchCodec, producing: Producing = {}): Promise<Buffer> {
  const { transactionalId = null, producerId = -1, producerEpoch = 0, firstSequence = 0 } = producing;
  const body = {
    ...{ acks: -1, timeout: 30_000, transactionalId, producerId: BigInt(producerId), producerEpoch },
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((each) => ({ ...each, firstSequence })),
    })),
  };
  return encodeProduceRequest(body, NOW, codec);
}

const record = (given: Partial<ProducerRecord>): BatchRecord => {
  return new SinkMessage({ key: null, value: null, ...given });
};

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('', '\ud800', 'é'.repeat(70)));
const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 60, maxLength: 70 }));
const content = fc.oneof(fc.constant(null), text, bytes);
const name = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', '1', '0', 'ünïcode', 'x'.repeat(130)),
);
const header = fc.oneof(text, bytes, fc.array(fc.oneof(text, bytes), { maxLength: 3 }));
const headers = fc.option(fc.dictionary(name, header, { maxKeys: 4, noNullPrototype: false }), { nil: undefined });
/** Of one number of digits: kafkajs orders times as text, which is their order then. */
const time = fc.oneof(
  fc.constant(NOW),
  fc.integer({ min: NOW - 70_000, max: NOW + 70_000 }),
  fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
);
const records = (withTime: boolean): fc.Arbitrary<BatchRecord[]> =>
  fc.array(
    fc
      .record({ key: content, value: content, headers, timestamp: withTime ? time : fc.constant(undefined) })
      .map(({ headers: some, timestamp, ...rest }) =>
        record({ ...rest, ...(some && { headers: some }), ...(timestamp !== undefined && { timestamp }) }),
      ),
    { minLength: 1, maxLength: 30 },
  );
const batch = fc.record({
  partition: fc.nat(70_000),
  records: fc.oneof(records(false), records(true)),
});
const topics = fc.array(
  fc.record({
    topic: fc.oneof(fc.string({ maxLength: 20 }), fc.constant('tópico')),
    partitions: fc.array(batch, { maxLength: 4 }),
  }),
  { maxLength: 3 },
);

describe('the body of a Produce request', () => {
  afterEach(() => {
    jest.useRealTimers();
  });
  const stopTheClock = (): void => void jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate'] });

  test('is byte for byte what kafkajs writes: keys, values, headers and times of every kind', async () => {
    stopTheClock();
    await fc.assert(
      fc.asyncProperty(topics, async (some) => {
        expect((await ours(some)).equals(await published(some))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test.each([1, 63, 64, 127, 128, 1000, 8200])('is what kafkajs writes for %i records', async (count) => {
    stopTheClock();
    const some: Topic[] = [
      {
        topic: 't',
        partitions: [
          {
            partition: 3,
            records: Array.from({ length: count }, (_, i) =>
              record({
                key: `user-${String(i % 7)}`,
                value: 'x'.repeat(i % 600),
                timestamp: NOW - ((i * 7919) % 100_000),
                headers: i % 3 === 0 ? {} : { n: String(i), twice: ['a', Buffer.from([i & 255])] },
              }),
            ),
          },
        ],
      },
    ];
    expect((await ours(some)).equals(await published(some))).toBe(true);
  });

  test('is what kafkajs writes for a record of a megabyte, as text and as bytes', async () => {
    stopTheClock();
    for (const value of ['é'.repeat(500_000), Buffer.alloc(2_100_000, 7)]) {
      const some = [{ topic: 't', partitions: [{ partition: 0, records: [record({ value })] }] }];
      expect((await ours(some)).equals(await published(some))).toBe(true);
    }
  });

  test('is what kafkajs writes for idempotent producers and transactions', async () => {
    stopTheClock();
    const some = [{ topic: 't', partitions: [{ partition: 0, records: [record({ value: 'v' }), record({})] }] }];
    for (const producing of [
      { producerId: 4_000_000_001, producerEpoch: 3, firstSequence: 77 },
      { transactionalId: 'trans-é', producerId: 12, producerEpoch: 0, firstSequence: 5 },
    ]) {
      expect((await ours(some, undefined, producing)).equals(await published(some, 0, producing))).toBe(true);
    }
  });

  test('is what kafkajs writes with gzip, by its own codec', async () => {
    // zlib works in other threads: the clock of the test may not be stopped for it, so the times are given.
    const some: Topic[] = [
      {
        topic: 't',
        partitions: [0, 5].map((partition) => ({
          partition,
          records: Array.from({ length: 300 }, (_, i) => record({ key: 'k', value: String(i), timestamp: NOW + i })),
        })),
      },
    ];
    const { compress } = require('kafkajs/src/protocol/message/compression/gzip.js') as {
      compress(encoder: { buffer: Buffer }): Promise<Buffer>;
    };
    const codec = { attributes: 1, compress: (buffer: Buffer) => compress({ buffer }) };
    expect((await ours(some, codec)).equals(await published(some, 1))).toBe(true);
  });

  test('has the right earliest and latest time where kafkajs, which orders times as text, has not', async () => {
    const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (decoder: object) => Promise<{
      firstTimestamp: string;
      maxTimestamp: string;
      records: { timestamp: string }[];
    }>;
    const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(2_000), fc.integer({ min: -5, max: 8.64e15 }), fc.constant(undefined)), {
          minLength: 1,
          maxLength: 20,
        }),
        async (times) => {
          const list = times.map((timestamp) => record(timestamp === undefined ? {} : { timestamp }));
          const body = await ours([{ topic: 't', partitions: [{ partition: 0, records: list }] }]);
          const decoded = await decode(new Decoder(body.subarray(body.length - batchLength(body))));
          const expected = times.map((timestamp) => timestamp ?? NOW);
          expect(decoded.records.map(({ timestamp }) => Number(timestamp))).toEqual(expected);
          expect(Number(decoded.firstTimestamp)).toBe(Math.min(...expected));
          expect(Number(decoded.maxTimestamp)).toBe(Math.max(...expected));
        },
      ),
    );
  });

  test('has headers without a value, which kafkajs cannot write', async () => {
    const some = [record({ headers: { none: null as unknown as string, empty: '' } })];
    const body = await ours([{ topic: 't', partitions: [{ partition: 0, records: some }] }]);
    // Two headers: `none` of length -1, `empty` of length 0, as zig-zag varints.
    expect(body.subarray(-13)).toEqual(Buffer.from('\x04\x08none\x01\x0aempty\x00', 'latin1').subarray(-13));
  });
});

/** Bytes of the only batch of a request: its size stands before it, behind acks, timeout, topic `t`, and partition. */
function batchLength(body: Buffer): number {
  return body.readInt32BE(2 + 2 + 4 + 4 + 3 + 4 + 4);
}
