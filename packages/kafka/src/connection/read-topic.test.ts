import { describe, expect, test } from '@jest/globals';
import type { Cluster } from 'kafkajs';
import { ManualClock } from '@millrace/core/testing';
import { readPartition } from './read-topic.js';

interface Raw {
  readonly offset: number;
  readonly isControlRecord?: boolean;
}

/** A cluster of one broker that answers fetches from `log`, at most three records at a time. */
function cluster(log: readonly Raw[], failures: Error[] = []) {
  const fetched: number[] = [];
  let refreshed = 0;
  const fake = {
    findLeaderForPartitions: () => ({ '1': [0] }),
    refreshMetadata: async () => {
      refreshed++;
    },
    findBroker: async () => ({
      fetch: async (request: { topics: { partitions: { fetchOffset: string }[] }[] }) => {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        const from = Number(request.topics[0]!.partitions[0]!.fetchOffset);
        fetched.push(from);
        const messages = log
          .filter(({ offset }) => offset >= from)
          .slice(0, 3)
          .map((raw) => ({
            ...raw,
            offset: String(raw.offset),
            key: null,
            value: Buffer.from('v'),
            timestamp: '1',
            headers: {},
          }));
        const partitions = [{ partition: 0, highWatermark: '100', abortedTransactions: [], messages }];
        return { responses: [{ topicName: 't', partitions }] };
      },
    }),
  };
  return { cluster: fake as unknown as Cluster, fetched, refreshed: () => refreshed };
}

async function offsets(from: Cluster, earliest: number, end: number, clock = new ManualClock()): Promise<number[]> {
  const found: number[] = [];
  for await (const { offset } of readPartition(from, clock, 't', 0, { earliest, end })) found.push(offset);
  return found;
}

describe('reading a partition to its end', () => {
  test('gaps of compaction are passed over', async () => {
    const { cluster: log } = cluster([3, 9, 10, 40, 41].map((offset) => ({ offset })));
    expect(await offsets(log, 0, 50)).toEqual([3, 9, 10, 40, 41]);
  });

  test('markers are no records, and a tail of markers is the end', async () => {
    const { cluster: log, fetched } = cluster([
      { offset: 0 },
      { offset: 1, isControlRecord: true },
      { offset: 2 },
      { offset: 3, isControlRecord: true },
      { offset: 4, isControlRecord: true },
    ]);
    expect(await offsets(log, 0, 5)).toEqual([0, 2]);
    expect(fetched).toEqual([0, 3]);
  });

  test('what came after the end was taken is left out', async () => {
    const { cluster: log } = cluster([0, 1, 2, 3, 4, 5].map((offset) => ({ offset })));
    expect(await offsets(log, 1, 4)).toEqual([1, 2, 3]);
  });

  test('a tail that compaction has removed ends the reading', async () => {
    const { cluster: log } = cluster([{ offset: 0 }]);
    expect(await offsets(log, 0, 10)).toEqual([0]);
  });

  test('a leader that moves is looked for again, and nothing is read twice', async () => {
    const clock = new ManualClock();
    const { cluster: log, refreshed } = cluster(
      [{ offset: 0 }, { offset: 1 }],
      [new Error('moved'), new Error('moved')],
    );
    const reading = offsets(log, 0, 2, clock);
    await clock.advance(10_000);
    expect(await reading).toEqual([0, 1]);
    expect(refreshed()).toBe(2);
  });

  test('a partition that cannot be read fails with its place, after some tries', async () => {
    const clock = new ManualClock();
    const { cluster: log } = cluster(
      [],
      Array.from({ length: 20 }, () => new Error('no')),
    );
    const reading = offsets(log, 7, 9, clock).catch((error: unknown) => error);
    await clock.advance(60_000);
    expect(await reading).toMatchObject({ code: 'ERR_KAFKA_READ', message: 't-0 could not be read from offset 7: no' });
  });
});
