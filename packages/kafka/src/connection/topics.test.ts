import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@millrace/core/testing';
import type { Admin } from 'kafkajs';
import { createTopics } from './topics.js';

/** A cluster whose brokers hear of a new topic after so many looks at the list. */
function cluster(heardAfter: number, exists: boolean): { calls: string[]; use: (work: Work) => ReturnType<Work> } {
  const calls: string[] = [];
  let looks = -1;
  const admin = {
    listTopics: async () => (calls.push('list'), looks++ < heardAfter ? [] : ['t']),
    createTopics: async () => {
      calls.push('create');
      if (exists)
        throw Object.assign(new Error('exists'), { name: 'KafkaJSProtocolError', type: 'TOPIC_ALREADY_EXISTS' });
      return true;
    },
    fetchTopicMetadata: async () => (calls.push('leaders'), { topics: [] }),
  } as unknown as Admin;
  return { calls, use: (work) => work(admin) };
}
type Work = (admin: Admin) => Promise<never>;

describe('creating topics', () => {
  test.each([
    ['created here', false],
    ['created by an earlier try, or by somebody else meanwhile', true],
  ])('ends when the brokers know them: %s', async (_what, exists) => {
    const clock = new ManualClock();
    const admin = cluster(3, exists);
    const created = createTopics(admin as never, clock, [{ topic: 't', partitions: 1 }]);
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(100);
    }
    expect(await created).toEqual(['t']);
    expect(admin.calls).toEqual(['list', 'create', 'list', 'list', 'list', 'list', 'leaders']);
  });
});
