import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConsumerRecord, ProducerRecord } from '@millrace/core';
import { sinkConformance, sourceConformance } from '@millrace/core/testing';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { FakeHost, until } from '../test/fake-host.js';
import { KafkaConnection } from './connection/kafka-connection.js';
import { kafkaSink } from './sink/kafka-sink.js';
import { kafkaSource } from './source/kafka-source.js';
import type { KafkaSourceOptions } from './source/options.js';

const quick = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 300, maxWaitTimeMs: 50 };

describeWithServices(['kafka'], 'Kafka', ({ kafka }) => {
  let connection: KafkaConnection;
  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());

  describe.each([1, 2])('%p topics are a Source', (count) => {
    const checks = sourceConformance<ConsumerRecord>({
      quietMs: 150,
      idOf: ({ topic, partition, offset }) => `${topic}-${String(partition)}-${String(offset)}`,
      create: async () => {
        const topics = Array.from({ length: count }, () => uniqueName('conformance'));
        const groupId = uniqueName('group');
        await connection.createTopics(topics.map((topic) => ({ topic, partitions: 2 })));
        return {
          source: () => kafkaSource({ connection, topics, groupId, ...quick }),
          add: async (records) => {
            for (const [n, topic] of topics.entries()) {
              const mine = Array.from({ length: records }, (_, i) => i).filter((i) => i % count === n);
              await connection.append(topic, mine.map((i) => ({ key: `k${String(i)}`, value: String(i) }))); // prettier-ignore
            }
          },
        };
      },
    });
    test.each(checks)('$name', ({ run }) => run(), 60_000);
  });

  describe('a topic is a Sink', () => {
    const checks = sinkConformance<ProducerRecord>({
      elementOf: ({ key, n }) => ({ key, value: String(n) }),
      create: async () => {
        const topic = uniqueName('conformance');
        await connection.createTopics([{ topic, partitions: 2 }]);
        return {
          sink: () => kafkaSink({ connection, topic }),
          read: async () => {
            const found = [];
            for await (const { key, value } of connection.readTopic(topic)) {
              found.push({ key: Buffer.from(key ?? []).toString(), n: Number(Buffer.from(value ?? []).toString()) });
            }
            return found;
          },
        };
      },
    });
    test.each(checks)('$name', ({ run }) => run(), 60_000);
  });

  describe('several co-partitioned topics', () => {
    let topics: readonly string[];
    let groupId: string;
    const create = async (...partitions: readonly number[]): Promise<void> => {
      topics = partitions.map(() => uniqueName('joined'));
      groupId = uniqueName('group');
      await connection.createTopics(topics.map((topic, n) => ({ topic, partitions: partitions[n] ?? 1 })));
    };
    const open = async (options: Partial<KafkaSourceOptions> = {}): Promise<FakeHost> => {
      const host = new FakeHost();
      host.reader = await kafkaSource({ connection, topics, groupId, ...quick, ...options }).open(host);
      return host;
    };

    test('partition n of all of them goes to the same member and the same task, over rebalances', async () => {
      await create(5, 5);
      const hosts = [await open()];
      try {
        await until(() => hosts[0]!.leases.length === 10, 'the first member has all');
        hosts.push(await open());
        const sizes = (): string => String(hosts.map((host) => host.leases.length).sort((x, y) => x - y));
        await until(() => sizes() === '4,6', 'four and six');
        const numbersOf = (host: FakeHost, topic: string): number[] =>
          host.leases
            .filter(({ id }) => id.startsWith(`${topic}-`))
            .map(({ id }) => Number(id.slice(topic.length + 1)))
            .sort((x, y) => x - y);
        const [first, second] = topics;
        for (const host of hosts) expect(numbersOf(host, first!)).toEqual(numbersOf(host, second!));
        expect(hosts.flatMap((host) => numbersOf(host, first!)).sort()).toEqual([0, 1, 2, 3, 4]);
        for (const { id, task } of hosts.flatMap((host) => host.assigned))
          expect(id.endsWith(`-${task ?? ''}`)).toBe(true);
      } finally {
        for (const host of hosts) await host.reader?.close();
      }
    }, 60_000);

    test('different numbers of partitions are an error that names both; read apart they are none', async () => {
      await create(2, 3);
      await expect(open()).rejects.toMatchObject({
        code: 'ERR_KAFKA_CO_PARTITION',
        message: expect.stringContaining(`"${topics[0] ?? ''}" has 2, "${topics[1] ?? ''}" has 3`) as unknown as string,
      });
      const host = await open({ coPartitioned: false });
      await until(() => host.leases.length === 5, 'all partitions');
      await host.reader?.close();
    }, 60_000);
  });
});
