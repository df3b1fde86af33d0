import { expect, test } from '@jest/globals';
import { ManualClock } from '@millrace/core/testing';
import { protocolError } from '../../test/fake-producer.js';
import { KafkaTlsError } from '../errors.js';
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
  await clock.advance(60_000);
  return { count, outcome: await outcome };
}

test('a leader that is being chosen is waited for, six tries at most', async () => {
  const moving = (length: number): Error[] => Array.from({ length }, () => protocolError('NOT_LEADER_FOR_PARTITION'));
  expect(await calls(moving(3))).toEqual({ count: 4, outcome: 'done' });
  expect(await calls(moving(9))).toEqual({ count: 6, outcome: 'NOT_LEADER_FOR_PARTITION' });
});

test('a coordinator that reads its part of the offsets is waited for as long as a broker that is gone', async () => {
  const loading = (length: number): Error[] => Array.from({ length }, () => protocolError('GROUP_LOAD_IN_PROGRESS'));
  expect(await calls(loading(9))).toEqual({ count: 10, outcome: 'done' });
  expect(await calls(loading(99))).toMatchObject({ outcome: 'GROUP_LOAD_IN_PROGRESS' });
});

test('other errors are not tried again', async () => {
  expect(await calls([protocolError('TOPIC_AUTHORIZATION_FAILED')])).toEqual({
    count: 1,
    outcome: 'TOPIC_AUTHORIZATION_FAILED',
  });
});

const gone = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { name: 'KafkaJSConnectionError' });
const exceeded = (): Error =>
  Object.assign(new Error('retries exceeded', { cause: gone() }), { name: 'KafkaJSNumberOfRetriesExceeded' });

test('a broker that is gone is waited for until others have taken its place, and not for ever', async () => {
  expect(await calls(Array.from({ length: 9 }, exceeded))).toEqual({ count: 10, outcome: 'done' });
  expect(await calls(Array.from({ length: 99 }, gone))).toMatchObject({ outcome: 'connect ECONNREFUSED' });
});

test('an outage uses up none of the tries for the leaders that are chosen behind it', async () => {
  const outage = Array.from({ length: 8 }, gone);
  const moving = Array.from({ length: 3 }, () => protocolError('NOT_LEADER_FOR_PARTITION'));
  expect(await calls([...outage, ...moving])).toEqual({ count: 12, outcome: 'done' });
});

test('a certificate that was not accepted is no outage, though the client wraps it as one', async () => {
  const refused = new KafkaTlsError('host:1', 'unable to verify', gone());
  expect(await calls([refused])).toEqual({ count: 1, outcome: refused.message });
});

test.each([
  "Cannot read properties of null (reading 'topicMetadata')",
  "Cannot destructure property 'brokers' of '(intermediate value)' as it is null.",
  "Cannot destructure property 'topicMetadata' of '(intermediate value)' as it is null.",
])('no answer to a question for metadata, which kafkajs tells as "%s", is tried again', async (message) => {
  expect(await calls([new TypeError(message)])).toEqual({ count: 2, outcome: 'done' });
});

test('a bug is not', async () => {
  expect(await calls([new TypeError("Cannot read properties of null (reading 'x')")])).toMatchObject({ count: 1 });
});
