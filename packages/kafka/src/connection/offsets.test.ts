import { expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { ManualClock } from '@millrace/core/testing';
import type { AdminSession } from './admin-session.js';
import { partitionRanges } from './offsets.js';
import { retryTransient } from './transient.js';

test('a topic whose partitions have no leader yet is asked again: kafkajs says TypeError', async () => {
  const clock = new ManualClock();
  const answers = [
    () =>
      Promise.reject(new TypeError("Cannot destructure property 'partitions' of 'low.pop(...)' as it is undefined.")),
    () => Promise.resolve([{ partition: 0, offset: '7', high: '7', low: '2' }]),
  ];
  const client = { fetchTopicOffsets: () => answers.shift()!() } as unknown as Admin;
  const session = { use: <T>(work: (admin: Admin) => Promise<T>) => retryTransient(clock, () => work(client)) };
  const ranges = partitionRanges(session as unknown as AdminSession, 't');
  await clock.advance(1_000);
  expect([...(await ranges)]).toEqual([[0, { earliest: 2, end: 7 }]]);
});

test('any other error is passed on', async () => {
  const session = { use: () => Promise.reject(new RangeError('no')) };
  await expect(partitionRanges(session as unknown as AdminSession, 't')).rejects.toThrow('no');
});
