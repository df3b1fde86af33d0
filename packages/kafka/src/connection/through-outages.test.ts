import { expect, test } from '@jest/globals';
import { ServiceUnavailableError } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { KafkaTlsError, MissingTopicError } from '../errors.js';
import { throughOutages } from './through-outages.js';

const named = (name: string): Error => Object.assign(new Error(name), { name });

async function outcome(errors: Error[], outageMs = 0): Promise<{ calls: number; waits: number[]; outcome: unknown }> {
  const clock = new ManualClock();
  const waits: number[] = [];
  let calls = 0;
  const work = async (): Promise<string> => {
    calls += 1;
    const error = errors.shift();
    if (error !== undefined) throw error;
    return 'done';
  };
  const reachable = async (leftMs: number): Promise<void> => {
    waits.push(leftMs);
    if (leftMs < outageMs) throw new ServiceUnavailableError('Kafka', 'b:9092', leftMs, new Error('away'));
  };
  const result = throughOutages(clock, { timeoutMs: 60_000 }, work, reachable).catch((error: unknown) => error);
  await clock.advance(120_000);
  return { calls, waits, outcome: await result };
}

test('brokers that are stopped, paused or silent are waited for, and asked again', async () => {
  const found = await outcome([
    named('KafkaJSConnectionError'),
    named('KafkaJSRequestTimeoutError'),
    Object.assign(new Error('tries are over'), { cause: named('KafkaJSRequestTimeoutError') }),
  ]);
  expect(found).toEqual({ calls: 4, waits: [60_000, 59_800, 59_600], outcome: 'done' });
});

test('an outage that is longer than the time there is says that Kafka cannot be reached', async () => {
  const found = await outcome([named('KafkaJSConnectionError')], 90_000);
  expect(found).toMatchObject({ calls: 1, waits: [60_000], outcome: expect.any(ServiceUnavailableError) });
});

test('what waiting does not cure is thrown at once', async () => {
  for (const error of [
    new MissingTopicError(['t'], 'b:9092'),
    new KafkaTlsError('b:9092', 'it has expired', new Error('expired')),
  ]) {
    expect(await outcome([error])).toEqual({ calls: 1, waits: [], outcome: error });
  }
});
