import { partitionForKey } from '@millrace/core';
import { writeText } from '../kafkajs/produce/text.js';

/** Keys of up to so many bytes are hashed in one place that is used again and again. */
const LONGEST = 64;
const scratch = Buffer.alloc(LONGEST);
const views = Array.from({ length: LONGEST + 1 }, (_, length) => scratch.subarray(0, length));

/**
 * The partition that Java's default partitioner gives to a key; text is hashed as UTF-8.
 *
 * @param length bytes of the key
 */
export function partitionOfKey(key: Buffer | string, length: number, partitions: number): number {
  if (partitions === 1) return 0;
  if (typeof key !== 'string') return partitionForKey(key, partitions);
  if (length > LONGEST) return partitionForKey(Buffer.from(key), partitions);
  writeText(scratch, 0, key, length);
  return partitionForKey(views[length]!, partitions);
}
