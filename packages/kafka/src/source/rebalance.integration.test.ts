import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { FakeHost, pause, until } from '../../test/fake-host.js';
import { KafkaConnection } from '../connection/kafka-connection.js';
import { kafkaSource } from './kafka-source.js';
import type { KafkaSourceOptions } from './options.js';

describeWithServices(['kafka'], 'a rebalance', ({ kafka }) => {
  let connection: KafkaConnection;
  let topic: string;
  let groupId: string;
  let hosts: FakeHost[];

  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());
  beforeEach(async () => {
    topic = uniqueName('rebalance');
    groupId = uniqueName('group');
    hosts = [];
    await connection.createTopics([{ topic, partitions: 4 }]);
  });
  afterEach(async () => {
    for (const host of hosts) await host.reader?.close();
  });

  const open = async (
    prepare?: (host: FakeHost) => void,
    options: Partial<KafkaSourceOptions> = {},
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

  const places = (of: readonly FakeHost[]): string[] =>
    of.flatMap((host) => host.taken.map(({ record }) => `${String(record.partition)}-${String(record.offset)}`));
  const append = (count: number): Promise<number> =>
    connection.append(
      topic,
      Array.from({ length: count }, (_, i) => ({ key: `k${String(i)}`, value: 'v', partition: i % 4 })),
    );

  test('while records flow: every record once, in order, and the commits add up', async () => {
    await append(20_000);
    // 50 ms a record, 50 at a time in a partition: the backlog lasts five seconds, while the second member comes and goes.
    const slow = (host: FakeHost): void => {
      host.settleAfterMs = 50;
      host.maxInFlight = 50;
    };
    const first = await open(slow);
    await until(() => first.taken.length > 1000, 'the first member reads');
    const second = await open(slow);
    await until(() => second.taken.length > 1000, 'the second member reads');
    expect([first.leases.length, second.leases.length]).toEqual([2, 2]);
    await second.reader!.stopIntake();
    await until(() => second.inFlight() === 0, 'the second has settled');
    await second.commit();
    await second.reader!.close();
    await until(() => places(hosts).length >= 20_000, 'all records', 60_000);
    await until(() => first.inFlight() === 0, 'all settled');
    await first.commit();
    const seen = places(hosts);
    expect(new Set(seen).size).toBe(20_000);
    expect(seen).toHaveLength(20_000);
    expect([...(await connection.groupOffsets(groupId, topic)).values()]).toEqual([5000, 5000, 5000, 5000]);
    expect(hosts.flatMap((host) => host.failures)).toEqual([]);
    expect(hosts.flatMap((host) => host.lost)).toEqual([]);
    for (const host of hosts) {
      const next = new Map<string, number>();
      for (const { split, epoch, record } of host.taken) {
        const place = `${split}/${String(epoch)}`;
        expect(record.offset).toBeGreaterThan(next.get(place) ?? -1);
        next.set(place, record.offset);
      }
    }
  }, 120_000);

  test('while fetchers idle and records are in flight: they are settled and committed before others get them', async () => {
    const first = await open((host) => (host.settleAfterMs = undefined));
    await until(() => first.leases.length === 4, 'the first member has all');
    await append(40);
    await until(() => first.taken.length === 40, 'all in flight');
    await pause(500);
    setTimeout(() => first.settle(), 1_500);
    const second = await open();
    await until(() => second.leases.length === 2, 'the second member has two');
    await pause(500);
    expect(first.revoked.map(({ drained }) => drained)).toEqual([true, true, true, true]);
    expect(second.taken).toEqual([]);
    expect(places(hosts)).toHaveLength(40);
    expect(first.lost).toEqual([]);
  }, 40_000);

  test('a drain that does not end is bounded: what is unsettled is read again, nothing is skipped', async () => {
    await append(400);
    const stuck = await open(
      (host) => {
        host.settleAfterMs = undefined;
      },
      { revokeTimeoutMs: 1_000 },
    );
    await until(() => stuck.taken.length === 400, 'all in flight');
    const second = await open();
    await until(() => second.leases.length === 2 && stuck.leases.length === 2, 'two each');
    expect(stuck.revoked.map(({ drained }) => drained)).toEqual([false, false, false, false]);
    await until(() => places(hosts).length === 800, 'all are read again');
    expect(new Set(places([second])).size).toBe(200);
    expect(new Set(places(hosts)).size).toBe(400);
  }, 40_000);

  test('acknowledgements of an older assignment commit nothing', async () => {
    const first = await open((host) => (host.settleAfterMs = undefined), { revokeTimeoutMs: 500 });
    await until(() => first.leases.length === 4, 'the first member has all');
    await append(8);
    await until(() => first.taken.length === 8, 'all in flight');
    const old = new Map(first.leases.map((lease) => [lease, 2]));
    const second = await open((host) => (host.settleAfterMs = undefined));
    await until(() => second.leases.length === 2 && first.leases.length === 2, 'two each');
    const before = await connection.groupOffsets(groupId, topic);
    await first.reader!.commit(old);
    expect(await connection.groupOffsets(groupId, topic)).toEqual(before);
    expect([...before.values()].every((offset) => offset === 0)).toBe(true);
  }, 40_000);

  test('a member that stalls longer than its session loses its partitions, and comes back', async () => {
    const first = await open((host) => (host.settleAfterMs = undefined), { stallTimeoutMs: 500, revokeTimeoutMs: 300 });
    first.maxInFlight = 10;
    await append(80);
    await until(() => first.inFlight() === 40, 'all tasks are full');
    await until(() => first.reader!.stalled!() !== undefined, 'the stall shows');
    expect(first.reader!.stalled!()).toMatch(/has taken nothing for \d+ s/);
    const second = await open();
    await until(() => second.taken.length === 80, 'the other member gets all', 30_000);
    await second.commit();
    first.settle();
    first.settleAfterMs = 0;
    await until(() => first.leases.length === 2 && second.leases.length === 2, 'two each', 30_000);
    expect(new Set(places([second])).size).toBe(80);
    await append(4);
    await until(() => places(hosts).filter((place) => place.endsWith('-20')).length === 4, 'new records come once');
  }, 90_000);

  test('partitions that are added are read from their beginning', async () => {
    const host = await open(undefined, { metadataMaxAgeMs: 1_000 });
    await until(() => host.leases.length === 4, 'all partitions');
    await connection.addPartitions(topic, 6);
    await connection.append(topic, [{ key: null, value: 'new', partition: 5 }]);
    await until(() => host.taken.some(({ record }) => record.partition === 5), 'the record of the new partition');
    expect(host.leases.map(({ id }) => id)).toContain(`${topic}-4`);
  }, 40_000);

  test('a member that is closed while it joins leaves nobody behind for the others to wait for', async () => {
    const first = await open();
    await until(() => first.leases.length === 4, 'the first member has all');
    const second = await open();
    await second.reader!.close();
    const begun = Date.now();
    await first.reader!.close();
    const third = await open();
    await until(() => third.leases.length === 4, 'the third member has all');
    expect(Date.now() - begun).toBeLessThan(4_000);
  }, 40_000);
});
