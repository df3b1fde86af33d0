import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from './crc32c.js';

const ofKafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (
  bytes: Uint8Array,
) => number;

describe('CRC-32C', () => {
  test('gives the check values of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
    expect(crc32c(Buffer.alloc(0))).toBe(0);
  });

  test('is the same wherever the bytes begin and end, and what kafkajs computes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(40), fc.nat(40), (bytes, before, after) => {
        const framed = Buffer.concat([Buffer.alloc(before, 1), bytes, Buffer.alloc(after, 2)]);
        const expected = ofKafkajs(bytes);
        expect(crc32c(framed, before, before + bytes.length)).toBe(expected);
        expect(crc32c(framed.subarray(before, before + bytes.length))).toBe(expected);
      }),
    );
  });
});
