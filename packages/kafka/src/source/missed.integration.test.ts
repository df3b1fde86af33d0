import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { FakeHost, until } from '../../test/fake-host.js';
import { KafkaConnection } from '../connection/kafka-connection.js';
import { kafkaSource } from './kafka-source.js';

const LIMIT_MS = 60_000;

describeWithServices(['kafka'], 'records that retention deletes before they are read', ({ kafka }) => {
  let connection: KafkaConnection;
  let admin: Admin;
  let topic: string;
  let groupId: string;
  let hosts: FakeHost[];

  beforeAll(async () => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
    admin = new Kafka({ brokers: [...kafka.addresses], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin.disconnect();
    await connection.close();
  });
  beforeEach(async () => {
    topic = uniqueName('missed');
    groupId = uniqueName('group');
    hosts = [];
    await connection.createTopics([{ topic, partitions: 1 }]);
  });
  afterEach(async () => {
    for (const host of hosts) await host.reader?.close();
  });

  const append = (count: number): Promise<number> =>
    connection.append(
      topic,
      Array.from({ length: count }, (_, i) => ({ key: null, value: String(i) })),
    );
  const deleteBefore = async (offset: number): Promise<void> => {
    // Only for the metadata, without which the other does not know the topic.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  };
  const open = async (prepare?: (host: FakeHost) => void): Promise<FakeHost> => {
    const host = new FakeHost();
    prepare?.(host);
    hosts.push(host);
    host.reader = await kafkaSource({ connection, topics: [topic], groupId, maxWaitTimeMs: 100 }).open(host);
    return host;
  };
  const offsets = (host: FakeHost): number[] => host.taken.map(({ record }) => record.offset);
  const count = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  const committed = async (): Promise<number | undefined> => (await connection.groupOffsets(groupId, topic)).get(0);
  const drained = (host: FakeHost): Promise<void> =>
    until(
      async () => {
        await host.commit();
        return await host.reader!.isDrained(host.settled());
      },
      'drained',
      LIMIT_MS,
    );
  /** A task that is full: what comes behind its 100 records is not fetched before `settle`. */
  const fullHost = async (): Promise<FakeHost> => {
    await append(100);
    const host = await open((each) => {
      each.settleAfterMs = undefined;
      each.maxInFlight = 10;
    });
    await until(() => host.taken.length === 10, 'the task is full', LIMIT_MS);
    await append(50);
    return host;
  };
  const settle = (host: FakeHost): void => {
    host.settleAfterMs = 0;
    host.settle();
  };

  test('before the start: all of them are told, and the group goes on behind them at once', async () => {
    await append(20);
    await connection.setGroupOffsets(groupId, topic, new Map([[0, 5]]));
    await deleteBefore(12);
    const host = await open();
    await until(() => host.taken.length === 8, 'the rest', LIMIT_MS);
    expect(offsets(host)).toEqual(count(12, 20));
    expect(host.missing).toEqual([{ split: `${topic}-0`, from: 5, to: 12 }]);
    await until(async () => (await committed()) === 12, 'a commit without any record', LIMIT_MS);
  });

  test('a new group misses nothing: it begins where the log does', async () => {
    await append(20);
    await deleteBefore(12);
    const host = await open();
    await until(() => host.taken.length === 8, 'all that there is', LIMIT_MS);
    expect(host.missing).toEqual([]);
  });

  test('while the job runs: what was in hand is read, what was not is told', async () => {
    const host = await fullHost();
    await deleteBefore(130);
    settle(host);
    await until(() => host.taken.length === 120, 'what is left', LIMIT_MS);
    expect(offsets(host)).toEqual([...count(0, 100), ...count(130, 150)]);
    expect(host.missing).toEqual([{ split: `${topic}-0`, from: 100, to: 130 }]);
    expect(host.failures).toEqual([]);
    await host.commit();
    expect(await committed()).toBe(150);
  });

  test('a bounded run over a topic that was emptied tells it before it ends, the next one has nothing to tell', async () => {
    await append(20);
    await connection.setGroupOffsets(groupId, topic, new Map([[0, 5]]));
    await deleteBefore(20);
    const host = await open();
    await host.reader!.captureEnd();
    await drained(host);
    expect([host.missing, host.taken]).toEqual([[{ split: `${topic}-0`, from: 5, to: 20 }], []]);
    await until(async () => (await committed()) === 20, 'a commit without any record', LIMIT_MS);
    await host.reader!.close();
    const next = await open();
    await next.reader!.captureEnd();
    await drained(next);
    expect(next.taken).toEqual([]);
    expect(next.missing).toEqual([]);
  });

  test('a bounded run whose rest is deleted tells it before it ends', async () => {
    const host = await fullHost();
    await host.reader!.captureEnd();
    await deleteBefore(150);
    settle(host);
    await drained(host);
    expect(offsets(host)).toEqual(count(0, 100));
    expect(host.missing).toEqual([{ split: `${topic}-0`, from: 100, to: 150 }]);
    expect(await committed()).toBe(150);
  });
});
