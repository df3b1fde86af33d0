import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { murmur2, partitionForKey } from './partitioner.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('murmur2', () => {
  // Vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %p is what Kafka computes', (text, hash) => {
    expect(murmur2(bytes(text))).toBe(hash);
  });
});

test('a partition is one that exists, and the same for the same key', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
      const partition = partitionForKey(key, partitions);
      expect(partition).toBe(partitionForKey(key.slice(), partitions));
      expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
    }),
  );
});
