import { expect, test } from '@jest/globals';
import { ManualClock } from '@millrace/core/testing';
import { protocolError } from '../../test/fake-producer.js';
import { retryTransient } from './transient.js';

async function calls(errors: Error[]): Promise<{ count: number; outcome: unknown }> {
  const clock = new ManualClock();
  let count = 0;
  const outcome = retryTransient(clock, async () => {
    count++;
    const error = errors.shift();
    if (error !== undefined) throw error;
    return 'done';
  }).catch((error: unknown) => (error as Error).message);
  await clock.advance(10_000);
  return { count, outcome: await outcome };
}

test('a leader that is being chosen is waited for, six tries at most', async () => {
  const moving = (length: number): Error[] => Array.from({ length }, () => protocolError('NOT_LEADER_FOR_PARTITION'));
  expect(await calls(moving(3))).toEqual({ count: 4, outcome: 'done' });
  expect(await calls(moving(9))).toEqual({ count: 6, outcome: 'NOT_LEADER_FOR_PARTITION' });
});

test('other errors are not tried again', async () => {
  expect(await calls([protocolError('TOPIC_AUTHORIZATION_FAILED')])).toEqual({
    count: 1,
    outcome: 'TOPIC_AUTHORIZATION_FAILED',
  });
});
