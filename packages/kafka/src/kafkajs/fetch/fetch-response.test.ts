import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Batch, fetchCure } from '../library.js';
import { decodeFetchResponse, type FetchDecoders } from './fetch-response.js';
import { FetchedRecord } from './fetched-record.js';
import type { CodecLookup } from './record-batches.js';

const require = createRequire(import.meta.url);

interface Encoder {
  readonly buffer: Buffer;
  writeInt16(value: number): this;
  writeInt32(value: number): this;
  writeInt64(value: number | string): this;
  writeString(value: string): this;
  writeBufferInternal(bytes: Buffer): void;
}

interface Message {
  readonly offset: string | number;
  readonly timestamp: string | number | undefined;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: object;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}
interface Decoded {
  readonly responses: readonly { readonly partitions: readonly { readonly messages: readonly Message[] }[] }[];
}

const Encoder = require('kafkajs/src/protocol/encoder.js') as new () => Encoder;
const Record = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (fields: object) => object;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch(fields: object): Promise<Encoder>;
};
const published = require('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode(body: Buffer): Promise<Decoded>;
};
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
const decoders: FetchDecoders = {
  codecOf: (require('kafkajs/src/protocol/message/compression/index.js') as { lookupCodecByAttributes: CodecLookup })
    .lookupCodecByAttributes,
  decodeOld: (bytes) =>
    (
      require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
        decoder: object,
      ) => Promise<readonly unknown[]>
    )(new Decoder(bytes)),
};

const text = fc.string({ unit: 'binary', maxLength: 20 });
const bytes = fc.uint8Array({ maxLength: 150 }).map((array) => Buffer.from(array));
// Names that are members of every object are kafkajs's defect, see below.
const name = fc.oneof(
  fc.string({ maxLength: 8 }).filter((each) => !(each in {})),
  fc.constantFrom('a', 'b', 'ünïcode'),
);
const record = fc.record({
  key: fc.option(fc.oneof(text, bytes)),
  value: fc.option(fc.oneof(text, bytes)),
  headers: fc.dictionary(name, fc.oneof(text, bytes, fc.array(bytes, { minLength: 1, maxLength: 3 })), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  timestampDelta: fc.oneof(fc.nat(2_000), fc.nat(2 ** 40), fc.integer({ min: -1_000, max: -1 })),
});
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 20 }),
  compression: fc.constantFrom(0, 0, 0, 1, 2),
  firstTimestamp: fc.integer({ min: 2_000, max: 8e12 }),
  transactional: fc.boolean(),
  producerId: fc.constantFrom(-1, 7, 9_000_000_000),
  gap: fc.nat(5),
  flags: fc.constantFrom(0, 0, 0x08, 0x20),
});
const partition = fc.record({
  batches: fc.array(batch, { maxLength: 4 }),
  /** Bytes cut off the last batch: the broker fills up to the limit. */
  cut: fc.constantFrom(0, 0, 1, 40, 100),
  aborted: fc.array(fc.record({ producerId: fc.constantFrom(7, 9_000_000_000), firstOffset: fc.nat(30) }), {
    maxLength: 2,
  }),
  firstOffset: fc.oneof(fc.nat(100), fc.constant(2 ** 40)),
});

async function recordSet({ batches, cut, firstOffset }: typeof partition extends fc.Arbitrary<infer T> ? T : never) {
  const parts: Buffer[] = [];
  let next = firstOffset;
  for (const { records, flags, gap, ...fields } of batches) {
    const encoded = records.map((each, i) => Record({ ...each, offsetDelta: i }));
    const at = next + gap;
    const maxTimestamp = fields.firstTimestamp + 2 ** 41;
    const more = { records: encoded, firstOffset: at, maxTimestamp, lastOffsetDelta: records.length - 1 };
    const { buffer } = await RecordBatch({ ...fields, ...more });
    const whole = Buffer.from(buffer);
    whole[22]! |= flags;
    parts.push(whole);
    next = at + records.length;
  }
  const set = Buffer.concat(parts);
  // Less than 17 bytes of a batch are too few for kafkajs, see below.
  return set.subarray(0, set.length - cut > 16 ? set.length - cut : 0);
}

type Partition = Parameters<typeof recordSet>[0];

async function response(partitions: readonly Partition[]): Promise<Buffer> {
  const body = new Encoder().writeInt32(3).writeInt16(0).writeInt32(0).writeInt32(1).writeString('tópico');
  body.writeInt32(partitions.length);
  for (const [i, each] of partitions.entries()) {
    body.writeInt32(i).writeInt16(0).writeInt64(1_000).writeInt64(900).writeInt64(5).writeInt32(each.aborted.length);
    for (const { producerId, firstOffset } of each.aborted) body.writeInt64(producerId).writeInt64(firstOffset);
    const set = await recordSet(each);
    body.writeInt32(-1).writeInt32(set.length);
    body.writeBufferInternal(set);
  }
  return body.buffer;
}

/** What a consumer sees of a message, the same for both decoders. */
const seen = ({ offset, timestamp, key, value, headers, isControlRecord, batchContext }: Message) => ({
  offset: Number(offset),
  timestamp: timestamp === undefined || Number(timestamp) < 0 ? undefined : Number(timestamp),
  ...{ key, value, headers: { ...headers }, isControlRecord },
  ...{ producerId: batchContext.producerId, inTransaction: batchContext.inTransaction },
});
const strip = (decoded: Decoded) => ({
  ...decoded,
  responses: decoded.responses.map((each) => ({
    ...each,
    partitions: each.partitions.map((one) => ({ ...one, messages: one.messages.map(seen) })),
  })),
});

describe('the decoder of Fetch responses', () => {
  test('this version of kafkajs can use it', () => {
    expect(fetchCure).toMatchObject({ version: '2.2.4', applied: true });
  });

  test('gives what kafkajs gives: codecs, transactions, markers, headers, times, gaps, a part of a batch', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(partition, { maxLength: 3 }), async (partitions) => {
        const body = await response(partitions);
        const mine = (await decodeFetchResponse(body, decoders)) as unknown as Decoded;
        expect(strip(mine)).toEqual(strip(await published.decode(body)));
      }),
      { numRuns: 100 },
    );
  });

  test('kafkajs filters its records as it filters its own: older than asked for, aborted, markers', async () => {
    await fc.assert(
      fc.asyncProperty(partition, fc.nat(40), async (some, fetchedOffset) => {
        const body = await response([some]);
        const mine = (await decodeFetchResponse(body, decoders)) as unknown as Decoded;
        const [a, b] = [mine, await published.decode(body)].map((decoded) => {
          const batch = new Batch('tópico', String(fetchedOffset), decoded.responses[0]!.partitions[0]!);
          return { messages: (batch.messages as unknown as Message[]).map(seen), last: Number(batch.lastOffset()) };
        });
        expect(a).toEqual(b);
      }),
      { numRuns: 100 },
    );
  });

  test('headers that are called as members of every object are headers', async () => {
    const headers = { constructor: 'a', toString: ['b', 'c'], ['__proto__']: 'd' };
    const some = { records: [{ key: 'k', value: 'v', headers, timestampDelta: 0 }], compression: 0, gap: 0, flags: 0 };
    const batches = [{ ...some, firstTimestamp: 5_000, transactional: false, producerId: -1 }];
    const body = await response([{ batches, cut: 0, aborted: [], firstOffset: 3 }] as never);
    const [message] = (await decodeFetchResponse(body, decoders)).responses[0]!.partitions[0]!.messages;
    expect(message).toBeInstanceOf(FetchedRecord);
    expect(Object.entries((message as FetchedRecord).headers)).toEqual([
      ['constructor', Buffer.from('a')],
      ['toString', [Buffer.from('b'), Buffer.from('c')]],
      ['__proto__', Buffer.from('d')],
    ]);
    expect(Object.assign({}, message, { headers: {} })).toEqual({
      ...{ topic: 'tópico', partition: 0, offset: 3, timestamp: 5_000, headers: {} },
      ...{ key: Buffer.from('k'), value: Buffer.from('v') },
    });
  });

  test('a few bytes of a batch are no records: the end of kafkajs’s consumers, which read behind them', async () => {
    const body = new Encoder().writeInt32(0).writeInt16(0).writeInt32(0).writeInt32(1).writeString('t').writeInt32(1);
    body.writeInt32(0).writeInt16(0).writeInt64(1_000).writeInt64(900).writeInt64(5).writeInt32(0).writeInt32(-1);
    body.writeInt32(9).writeBufferInternal(Buffer.alloc(9));
    await expect(published.decode(body.buffer)).rejects.toThrow('outside buffer bounds');
    const decoded = await decodeFetchResponse(body.buffer, decoders);
    expect(decoded.responses[0]!.partitions[0]!.messages).toEqual([]);
  });

  test('a damaged batch is an error that names its place, not records that never were', async () => {
    const some = {
      records: [{ key: 'k', value: 'v', headers: {}, timestampDelta: 0 }],
      compression: 0,
      gap: 0,
      flags: 0,
    };
    const batches = [{ ...some, firstTimestamp: 5_000, transactional: false, producerId: -1 }];
    const body = await response([{ batches, cut: 0, aborted: [], firstOffset: 42 }] as never);
    const damaged = Buffer.from(body);
    // The record's length, the first byte behind the batch's header: of 9 bytes it claims 60.
    damaged[damaged.length - 10] = 120;
    await expect(decodeFetchResponse(damaged, decoders)).rejects.toThrow('tópico-0 at offset 42');
  });
});
