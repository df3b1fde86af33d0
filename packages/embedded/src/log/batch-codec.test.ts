import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ConsumerRecord } from '@millrace/core';
import fc from 'fast-check';
import { ByteWriter } from '../encoding/byte-writer.js';
import { batchLength, decodeBatch, encodeBatch } from './batch-codec.js';
import type { EncodableRecord } from './batch-codec.js';

const bytes = fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constant(null));
const headerName = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('__proto__', 'constructor', ''));
const record: fc.Arbitrary<EncodableRecord> = fc.record({
  key: bytes,
  value: bytes,
  timestamp: fc.oneof(fc.nat(), fc.maxSafeNat()),
  headers: fc
    .array(fc.tuple(headerName, fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1, maxLength: 3 })), {
      maxLength: 4,
    })
    .map((entries) => {
      const headers = Object.create(null) as Record<string, Uint8Array[]>;
      for (const [name, values] of entries) headers[name] = values;
      return headers;
    }),
});

function decode(batch: Buffer, from = 0, limit = Infinity): ConsumerRecord[] {
  const into: ConsumerRecord[] = [];
  decodeBatch(batch, 't', 3, 0, from, limit, into);
  return into;
}

describe('stored batches', () => {
  test('records come back byte for byte: null and empty, any header names, any times', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const batch = encodeBatch(records, new ByteWriter(1));
        expect(batchLength(batch)).toBe(records.length);
        const decoded = decode(batch);
        expect(decoded).toHaveLength(records.length);
        for (const [index, expected] of records.entries()) {
          const found = decoded[index]!;
          expect([found.topic, found.partition, found.offset, found.timestamp]).toEqual([
            't',
            3,
            index,
            expected.timestamp,
          ]);
          expect(found.key && [...found.key]).toEqual(expected.key && [...expected.key]);
          expect(found.value && [...found.value]).toEqual(expected.value && [...expected.value]);
          expect(Object.keys(found.headers).sort()).toEqual(Object.keys(expected.headers!).sort());
          for (const name of Object.keys(found.headers)) {
            const values = expected.headers![name] as Uint8Array[];
            const stored = found.headers[name];
            expect([stored].flat().map((value) => [...(value as Uint8Array)])).toEqual(
              values.map((value) => [...value]),
            );
          }
        }
      }),
    );
  });

  test('a part of a batch is read from any record on', () => {
    const records = Array.from({ length: 10 }, (_, n) => ({
      key: Buffer.from([n]),
      value: null,
      headers: { n: Buffer.from([n]) },
      timestamp: 1000 - n,
    }));
    const batch = encodeBatch(records, new ByteWriter());
    expect(decode(batch, 4, 3).map((found) => found.offset)).toEqual([4, 5, 6]);
    expect(decode(batch, 4, 3).map((found) => found.key?.[0])).toEqual([4, 5, 6]);
    expect(decode(batch, 9).map((found) => found.timestamp)).toEqual([991]);
  });

  test('a batch that is stored in an unknown way is refused', () => {
    expect(() => decode(Buffer.from([9, 1, 1]))).toThrow('unknown storage 9 of a batch');
  });

  test('text shrinks, random bytes and large records are stored as they are', () => {
    const records = (value: () => Buffer): EncodableRecord[] =>
      Array.from({ length: 40 }, () => ({ key: null, value: value(), headers: {}, timestamp: 1 }));
    const sizeOfBatch = (values: readonly EncodableRecord[]): number => {
      const batch = Buffer.from(encodeBatch(values, new ByteWriter()));
      expect(decode(batch).map((record) => record.value)).toEqual(values.map((record) => record.value));
      return batch.length;
    };
    expect(
      sizeOfBatch(records(() => Buffer.from(JSON.stringify({ eid: 'BE_JOB_REQUEST', n: Math.random() })))),
    ).toBeLessThan(1200);
    expect(sizeOfBatch(records(() => randomBytes(100)))).toBeLessThan(40 * 106);
    expect(sizeOfBatch(records(() => Buffer.alloc(10_000)))).toBeGreaterThan(400_000);
  });

  test('a byte that changed in a compressed batch is noticed, whichever it is', () => {
    const records = Array.from({ length: 40 }, (_, n) => ({
      key: Buffer.from(`key-${String(n)}`),
      value: Buffer.from('{"some":"json"}'.repeat(2)),
      headers: {},
      timestamp: 1,
    }));
    const batch = Buffer.from(encodeBatch(records, new ByteWriter()));
    const head = 5;
    for (let index = head; index < batch.length; index += 1) {
      const damaged = Buffer.from(batch);
      damaged[index] = damaged[index]! ^ 0x10;
      expect(() => decode(damaged)).toThrow();
    }
  });
});
