import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { FakeHost, pause, until } from '../../test/fake-host.js';
import { KafkaConnection } from '../connection/kafka-connection.js';
import { kafkaSource } from './kafka-source.js';
import type { KafkaSourceOptions } from './options.js';

const records = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ key: `k${String(from + i)}`, value: `v${String(from + i)}` }));

describeWithServices(['kafka'], 'the Kafka source', ({ kafka }) => {
  let connection: KafkaConnection;
  let topic: string;
  let groupId: string;
  let hosts: FakeHost[];

  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());
  beforeEach(() => {
    topic = uniqueName('source');
    groupId = uniqueName('group');
    hosts = [];
  });
  afterEach(async () => {
    for (const host of hosts) await host.reader?.close();
  });

  const open = async (
    options: Partial<KafkaSourceOptions> = {},
    prepare?: (host: FakeHost) => void,
  ): Promise<FakeHost> => {
    const host = new FakeHost();
    prepare?.(host);
    hosts.push(host);
    host.reader = await kafkaSource({
      connection,
      topics: [topic],
      groupId,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 300,
      maxWaitTimeMs: 100,
      ...options,
    }).open(host);
    return host;
  };

  const values = (host: FakeHost): string[] => host.taken.map(({ record }) => Buffer.from(record.value!).toString());

  test('an offset behind the end of the log is replaced: once the log has grown past it, nothing is skipped', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    await connection.append(topic, records(10));
    await connection.setGroupOffsets(groupId, topic, new Map([[0, 15]]));
    const host = await open();
    await until(() => host.taken.length === 10, 'all from the beginning');
    await host.commit();
    expect(await connection.groupOffsets(groupId, topic)).toEqual(new Map([[0, 10]]));
    await host.reader!.close();
    await connection.append(topic, records(10, 10));
    const next = await open();
    await until(() => next.taken.length === 10, 'the ones that came meanwhile');
    expect(values(next)[0]).toBe('v10');
  });

  test('reads what stands in all partitions, in order, with keys, timestamps and headers', async () => {
    await connection.createTopics([{ topic, partitions: 3 }]);
    await connection.append(
      topic,
      records(2000).map((record, i) => ({
        ...record,
        partition: i % 3,
        timestamp: 1_000 + i,
        headers: { h: String(i) },
      })),
    );
    const host = await open();
    await until(() => host.taken.length >= 2000, 'all records');
    expect(host.taken).toHaveLength(2000);
    for (const partition of [0, 1, 2]) {
      const mine = host.taken.filter(({ record }) => record.partition === partition);
      expect(mine.map(({ record }) => record.offset)).toEqual(mine.map((_, i) => i));
    }
    const { record, split } = host.taken.find((each) => each.record.partition === 1 && each.record.offset === 2)!;
    expect(split).toBe(`${topic}-1`);
    expect(record).toMatchObject({ topic, timestamp: 1_007, headers: { h: Buffer.from('7') } });
    expect(Buffer.from(record.key!).toString()).toBe('k7');
    expect(host.failures).toEqual([]);
  });

  test('commits next offsets, and the next member of the group goes on there', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    await connection.append(topic, records(10));
    const first = await open();
    await until(() => first.taken.length === 10, 'the first ten');
    await first.commit();
    expect(await connection.groupOffsets(groupId, topic)).toEqual(new Map([[0, 10]]));
    await first.reader!.close();
    await connection.append(topic, records(5, 10));
    const second = await open();
    await until(() => second.taken.length >= 5, 'the rest');
    expect(values(second)).toEqual(['v10', 'v11', 'v12', 'v13', 'v14']);
  });

  test('what is not settled is not committed, and is read again', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    await connection.append(topic, records(10));
    const first = await open({ revokeTimeoutMs: 100 }, (host) => (host.settleAfterMs = undefined));
    await until(() => first.taken.length === 10, 'the first ten');
    await first.commit();
    expect((await connection.groupOffsets(groupId, topic)).get(0) ?? 0).toBe(0);
    await first.reader!.close();
    const second = await open();
    await until(() => second.taken.length >= 10, 'all again');
    expect(values(second)).toEqual(values(first));
  });

  test('goes on at offsets that were set for the group from outside, whatever the reset policy', async () => {
    await connection.createTopics([{ topic, partitions: 2 }]);
    await connection.append(
      topic,
      records(20).map((record, i) => ({ ...record, partition: i % 2 })),
    );
    await connection.setGroupOffsets(groupId, topic, new Map([[0, 7], [1, 10]])); // prettier-ignore
    const host = await open({ autoOffsetReset: 'latest' });
    await until(() => host.taken.length >= 3, 'three records');
    await pause(300);
    expect(host.taken.map(({ record }) => [record.partition, record.offset])).toEqual([[0, 7], [0, 8], [0, 9]]); // prettier-ignore
  });

  test('latest: begins at the end, and commits it, so that the next member misses nothing', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    await connection.append(topic, records(5));
    const first = await open({ autoOffsetReset: 'latest' });
    await until(async () => (await connection.groupOffsets(groupId, topic)).get(0) === 5, 'the end is committed');
    await first.reader!.close();
    await connection.append(topic, records(2, 5));
    const second = await open({ autoOffsetReset: 'latest' });
    await until(() => second.taken.length >= 2, 'what came meanwhile');
    expect(values(second)).toEqual(['v5', 'v6']);
  });

  test('a committed offset beyond the end follows the policy, and is replaced before a record is settled', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    await connection.append(topic, records(5));
    await connection.setGroupOffsets(groupId, topic, new Map([[0, 99]]));
    const host = await open();
    await until(() => host.taken.length >= 5, 'all records');
    expect(values(host)).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
    await until(async () => (await connection.groupOffsets(groupId, topic)).get(0) === 0, 'the begin is committed');
  });

  test('a topic that is missing, a group without a name', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'ERR_KAFKA_TOPIC_MISSING', topics: [topic] });
    expect(() => kafkaSource({ connection, topics: [topic], groupId: '' })).toThrow('groupId');
  });

  test('back-pressure: a task without credit holds the fetches, and the member stays in the group', async () => {
    await connection.createTopics([{ topic, partitions: 2 }]);
    await connection.append(
      topic,
      records(6000).map((record) => ({ ...record, value: 'x'.repeat(1000) })),
    );
    const host = await open({}, (each) => {
      each.settleAfterMs = undefined;
      each.maxInFlight = 100;
    });
    await until(() => host.inFlight() === 200, 'both tasks are full');
    // Longer than the session: without heartbeats the member would be thrown out, and its partitions revoked.
    await pause(8_000);
    expect(host.taken).toHaveLength(200);
    expect(host.pending).toBe(2);
    expect(host.revoked).toEqual([]);
    expect(host.lost).toEqual([]);
    host.settleAfterMs = 0;
    host.settle();
    await until(() => host.taken.length >= 6000, 'the rest');
    await host.commit();
    expect(new Set(host.taken.map(({ record }) => `${String(record.partition)}-${String(record.offset)}`)).size).toBe(
      6000,
    );
    expect(host.failures).toEqual([]);
  }, 40_000);

  test('after stopIntake nothing is handed over, and what is in flight can still be committed', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    await connection.append(topic, records(2000));
    const host = await open({}, (each) => {
      each.settleAfterMs = undefined;
      each.maxInFlight = 600;
    });
    await until(() => host.taken.length === 600, 'the task is full');
    await host.reader!.stopIntake();
    host.settle();
    await pause(500);
    // The chunk in hand is taken to its end.
    expect(host.taken.length).toBeLessThanOrEqual(1000);
    host.settle();
    await host.commit();
    expect((await connection.groupOffsets(groupId, topic)).get(0)).toBe(host.taken.length);
  });

  test('closes in bounded time while a push never resolves', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    await connection.append(topic, records(100));
    const host = await open({ closeTimeoutMs: 2_000 }, (each) => {
      each.settleAfterMs = undefined;
      each.maxInFlight = 10;
    });
    await until(() => host.taken.length === 10, 'the task is full');
    const begun = Date.now();
    await host.reader!.close();
    expect(Date.now() - begun).toBeLessThan(2_500);
  });

  describe('a bounded run', () => {
    const drained = async (host: FakeHost): Promise<void> => {
      await until(async () => {
        await host.commit();
        return await host.reader!.isDrained(host.settled());
      }, 'drained');
    };

    test('is drained when what stood in the topic is settled and committed; empty partitions count as drained', async () => {
      await connection.createTopics([{ topic, partitions: 4 }]);
      await connection.append(
        topic,
        records(500).map((record, i) => ({ ...record, partition: i % 2 })),
      );
      const host = await open({}, (each) => (each.settleAfterMs = undefined));
      await host.reader!.captureEnd();
      await until(() => host.taken.length === 500, 'all are in flight');
      await connection.append(topic, records(1, 500));
      await host.commit();
      expect(await host.reader!.isDrained(host.settled())).toBe(false);
      host.settleAfterMs = 0;
      host.settle();
      await drained(host);
      const committed = await connection.groupOffsets(groupId, topic);
      expect([committed.get(0)! >= 250, committed.get(1)! >= 250]).toEqual([true, true]);
    });

    test('an empty topic is drained at once, a second run with nothing new too', async () => {
      await connection.createTopics([{ topic, partitions: 2 }]);
      const host = await open();
      await host.reader!.captureEnd();
      await drained(host);
      await connection.append(topic, records(3));
      const busy = await open();
      await busy.reader!.captureEnd();
      await until(() => host.taken.length + busy.taken.length >= 3, 'three records');
      await host.commit();
      await drained(busy);
      await host.reader!.close();
      await busy.reader!.close();
      const idle = await open();
      await idle.reader!.captureEnd();
      await drained(idle);
      expect(idle.taken).toEqual([]);
    });

    test('waits for partitions that another member reads', async () => {
      await connection.createTopics([{ topic, partitions: 2 }]);
      const other = await open({}, (each) => (each.settleAfterMs = undefined));
      await until(() => other.leases.length === 2, 'the first member has both');
      const mine = await open();
      await until(() => mine.leases.length === 1 && other.leases.length === 1, 'one partition each');
      await connection.append(
        topic,
        records(20).map((record, i) => ({ ...record, partition: i % 2 })),
      );
      await mine.reader!.captureEnd();
      await until(() => mine.taken.length === 10 && other.taken.length === 10, 'all taken');
      await mine.commit();
      await pause(700);
      expect(await mine.reader!.isDrained(mine.settled())).toBe(false);
      other.settle();
      await other.commit();
      await drained(mine);
    });
  });
});
