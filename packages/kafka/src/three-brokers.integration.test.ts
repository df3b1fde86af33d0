// services: none
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProducerRecord, SinkWriter } from '@millrace/core';
import { kafkaClusterObstacle, type KafkaCluster, startKafkaCluster, uniqueName } from '@millrace/testing';
import { FakeHost, until } from '../test/fake-host.js';
import { sinkHost } from '../test/sink-host.js';
import { KafkaConnection } from './connection/kafka-connection.js';
import { kafkaSink } from './sink/kafka-sink.js';
import { kafkaSource } from './source/kafka-source.js';

const obstacle = kafkaClusterObstacle();
const describeCluster = obstacle === undefined ? describe : describe.skip;

describeCluster(`one of three brokers is lost${obstacle === undefined ? '' : ` (not run: ${obstacle})`}`, () => {
  let cluster: KafkaCluster;
  let connection: KafkaConnection;
  beforeAll(async () => {
    cluster = await startKafkaCluster({ brokers: 3 });
    connection = new KafkaConnection({ brokers: [...cluster.addresses] });
  }, 300_000);
  afterAll(async () => {
    await connection.close();
    await cluster.stop();
  }, 60_000);

  test('what asks the cluster finds another, though the one it talked to is gone', async () => {
    const topic = uniqueName('asked');
    await connection.createTopics([{ topic, partitions: 3 }]);
    for (const broker of cluster.brokers) {
      await connection.partitionRanges(topic);
      await broker.kill();
      expect(await connection.append(topic, [{ key: null, value: 'v' }])).toBe(1);
      await connection.groupOffsets('nobody', topic);
      await broker.restart();
    }
    const held: unknown[] = [];
    for await (const record of connection.readTopic(topic)) held.push(record);
    expect(held).toHaveLength(3);
  }, 180_000);

  test('records with keys and without, over the loss of every leader: all that was acknowledged is there, in order', async () => {
    const topic = uniqueName('lost');
    await connection.createTopics([{ topic, partitions: 6 }]);
    const host = new FakeHost();
    host.reader = await kafkaSource({ connection, topics: [topic], groupId: uniqueName('group') }).open(host);
    const writer: SinkWriter<ProducerRecord> = await kafkaSink({ connection, topic }).open(sinkHost());
    const written: string[] = [];
    const failed: unknown[] = [];
    let sent = 0;
    const flow = setInterval(() => {
      for (let i = 0; i < 20; i++) {
        const value = String(sent++);
        // Every second one leaves the choice of the partition to the sink.
        const key = sent % 2 === 0 ? null : `k${String(sent % 14)}`;
        writer.write({ key, value }, { done: () => written.push(value), failed: (error) => failed.push(error) });
      }
    }, 20);
    try {
      for (const broker of cluster.brokers) {
        const before = written.length;
        await broker.kill();
        await until(() => written.length > before + 500, 'writes go on without it', 60_000);
        await broker.restart();
      }
    } finally {
      clearInterval(flow);
    }
    await until(() => written.length === sent, 'all are acknowledged', 60_000);
    const taken = (): Set<string> => new Set(host.taken.map(({ record }) => Buffer.from(record.value!).toString()));
    await until(() => taken().size === sent, 'all are read', 60_000);
    expect([failed, host.failures]).toEqual([[], []]);
    const seen = new Set<string>();
    const last = new Map<string, number>();
    for await (const { key, value } of connection.readTopic(topic)) {
      const text = Buffer.from(value!).toString();
      if (seen.has(text)) continue;
      seen.add(text);
      if (key === null) continue;
      const name = Buffer.from(key).toString();
      expect(Number(text)).toBeGreaterThan(last.get(name) ?? -1);
      last.set(name, Number(text));
    }
    expect(seen.size).toBe(sent);
    await host.reader.close();
    await writer.close();
  }, 240_000);
});
