import { describe, expect, test } from '@jest/globals';
import { silentLogger } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import type { Producer } from 'kafkajs';
import type { BatchMessages, RecordList } from '../kafkajs/produce/batch-messages.js';
import { TransactionalWriter } from './transactional-writer.js';
import type { TransactionalWriterHost } from './transactional-writer.js';

type Step = 'connect' | 'transaction' | 'send' | 'commit';

/** Producers that fail where they are told to, and note what they are asked for. */
function host(failures: Partial<Record<Step, Error[]>> = {}, isSilent = false) {
  const asked: string[] = [];
  let made = 0;
  const step = async (name: Step, what = ''): Promise<void> => {
    asked.push(`${String(made)} ${name}${what}`);
    const failure = failures[name]?.shift();
    if (failure !== undefined) throw failure;
  };
  const clock = new ManualClock();
  const fake: TransactionalWriterHost = {
    ...{ address: 'kafka:9092', clock, logger: silentLogger },
    partitionsOf: () => Promise.resolve(2),
    createProducer: () => {
      made += 1;
      return {
        connect: () => step('connect'),
        disconnect: () => Promise.resolve(),
        transaction: async () => {
          await step('transaction');
          return {
            send: async ({ topic, messages }: { topic: string; messages: BatchMessages }) => {
              const [[name, { length }]] = Object.entries(messages.reduce()) as [[string, RecordList]];
              const partition = Number(name);
              await step('send', ` ${topic}-${name} x${String(length)}`);
              return isSilent ? [] : [{ topicName: topic, partition, errorCode: 0 }];
            },
            commit: () => step('commit'),
          };
        },
      } as unknown as Producer;
    },
  };
  return { fake, asked, clock };
}

const record = (topic: string, partition: number, value = 'v') => ({ topic, record: { key: null, value, partition } });
const protocolError = (type: string): Error => Object.assign(new Error(type), { type });

describe('a transactional writer', () => {
  test('sends to one partition at a time and then commits', async () => {
    const { fake, asked } = host();
    const writer = new TransactionalWriter(fake, { transactionalId: 'id' });
    await writer.takeOver();
    await writer.write([record('a', 0), record('b', 0), record('a', 1), record('a', 0)]);
    await writer.write([record('a', 0)]);
    expect(asked).toEqual([
      ...['1 connect', '1 transaction', '1 send a-0 x2', '1 send b-0 x1', '1 send a-1 x1', '1 commit'],
      ...['1 transaction', '1 send a-0 x1', '1 commit'],
    ]);
  });

  test.each<[string, Partial<Record<Step, Error[]>>, string]>([
    ['a commit that fails', { commit: [new Error('gone')] }, 'ERR_KAFKA_TRANSACTION'],
    [
      'a commit that is said to be too large',
      { commit: [protocolError('MESSAGE_TOO_LARGE')] },
      'ERR_KAFKA_TRANSACTION',
    ],
    ['a send that fails', { send: [new Error('gone')] }, 'ERR_KAFKA_TRANSACTION'],
    ['a record that is too large', { send: [protocolError('MESSAGE_TOO_LARGE')] }, 'ERR_KAFKA_TRANSACTION_REFUSED'],
    ['another writer', { send: [protocolError('INVALID_PRODUCER_EPOCH')] }, 'ERR_KAFKA_FENCED'],
    ['no permission', { send: [protocolError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')] }, 'ERR_KAFKA_ACCESS'],
  ])('%s: the producer is used no more, the next one goes on', async (_name, failures, code) => {
    const { fake, asked } = host(failures);
    const writer = new TransactionalWriter(fake, { transactionalId: 'id' });
    await writer.takeOver();
    await expect(writer.write([record('a', 0)])).rejects.toMatchObject({ code });
    const before = asked.length;
    await expect(writer.write([record('a', 0)])).rejects.toMatchObject({ code: 'ERR_KAFKA_TRANSACTION' });
    expect(asked).toHaveLength(before);
    await writer.takeOver();
    await writer.write([record('a', 0)]);
    expect(asked.slice(before)).toEqual(['2 connect', '2 transaction', '2 send a-0 x1', '2 commit']);
  });

  test('what the broker has not confirmed is not committed', async () => {
    const { fake, asked } = host({}, true);
    const writer = new TransactionalWriter(fake, { transactionalId: 'id' });
    await writer.takeOver();
    await expect(writer.write([record('a', 0)])).rejects.toThrow('has not confirmed a-0');
    expect(asked).not.toContain('1 commit');
  });

  test('a takeover is tried again, and at last says who cannot be reached', async () => {
    const { fake, asked, clock } = host({ transaction: [new Error('not yet'), new Error('not yet')] });
    const writer = new TransactionalWriter(fake, { transactionalId: 'id' });
    const taken = writer.takeOver();
    await clock.advance(5_000);
    await taken;
    expect(asked.filter((step) => step.endsWith('transaction'))).toHaveLength(3);

    const dead = host({ connect: Array.from({ length: 100 }, () => new Error('down')) });
    const never = new TransactionalWriter(dead.fake, { transactionalId: 'id', retryTimeoutMs: 10_000 });
    const failed = never.takeOver().catch((error: unknown) => error);
    await dead.clock.advance(60_000);
    expect(await failed).toMatchObject({ code: 'ERR_SERVICE_UNAVAILABLE', address: 'kafka:9092' });
  });
});
