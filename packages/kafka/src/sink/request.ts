import type { Entry } from './entry.js';
import { batchBytes, type PartitionQueue } from './partition-queue.js';

/** Records of one partition in one record batch at most. */
export const MAX_BATCH_RECORDS = 1000;
/** Bytes of one record batch at most: half of the broker's default limit, where a topic does not allow less. */
export const MAX_BATCH_BYTES = 512 * 1024;
/** Bytes of one request at most, so that many partitions do not add up to a request that times out. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** One partition's share of a request: the first entries of its queue. */
export interface RequestPart {
  readonly queue: PartitionQueue;
  readonly entries: readonly Entry[];
  readonly bytes: number;
}

export interface RequestPlan {
  readonly parts: readonly RequestPart[];
  /** Where to begin the next time, so that no partition starves. */
  readonly next: number;
}

/**
 * Plans the next request. Usually it takes from every partition that may be sent; a partition that is to be sent alone,
 * or whose next record is larger than a batch should be, gets a request of its own: the broker's error names no
 * partition, and what went along would have to be sent twice.
 *
 * @param queues all queues
 * @param from index to begin at
 * @param now monotonic milliseconds
 * @param maxBytesOf bytes of one batch of a topic at most
 */
export function planRequest(
  queues: readonly PartitionQueue[],
  from: number,
  now: number,
  maxBytesOf: (topic: string) => number,
): RequestPlan {
  const parts: RequestPart[] = [];
  let total = 0;
  for (let step = 0; step < queues.length; step++) {
    const index = (from + step) % queues.length;
    const queue = queues[index]!;
    if (queue.length === 0 || queue.notBefore > now) continue;
    const maxBytes = maxBytesOf(queue.topic);
    const entries = queue.peek({ maxRecords: MAX_BATCH_RECORDS, maxBytes });
    if (entries.length === 0) continue;
    const bytes = batchBytes(entries);
    if (queue.alone || bytes > maxBytes) {
      if (parts.length > 0) continue;
      return { parts: [{ queue, entries, bytes }], next: (index + 1) % queues.length };
    }
    if (parts.length > 0 && total + bytes > MAX_REQUEST_BYTES) return { parts, next: index };
    parts.push({ queue, entries, bytes });
    total += bytes;
  }
  return { parts, next: queues.length === 0 ? 0 : (from + 1) % queues.length };
}
