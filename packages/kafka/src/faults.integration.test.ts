import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SinkWriter, ProducerRecord } from '@millrace/core';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { FakeHost, pause, until } from '../test/fake-host.js';
import { sinkHost } from '../test/sink-host.js';
import { KafkaConnection } from './connection/kafka-connection.js';
import { kafkaSink } from './sink/kafka-sink.js';
import { kafkaSource } from './source/kafka-source.js';

describeWithServices(
  ['kafka'],
  'a broker that fails',
  (services) => {
    let connection: KafkaConnection;
    let topic: string;
    let groupId: string;
    let host: FakeHost;
    let writer: SinkWriter<ProducerRecord>;
    let written: string[];
    let failed: unknown[];
    let sequence: number;

    beforeEach(async () => {
      connection = new KafkaConnection({
        brokers: [...services.kafka.addresses],
        connectionTimeoutMs: 1_000,
        requestTimeoutMs: 10_000,
      });
      topic = uniqueName('faults');
      groupId = uniqueName('group');
      host = new FakeHost();
      written = [];
      failed = [];
      sequence = 0;
      await connection.waitUntilReachable(30_000);
      await connection.createTopics([{ topic, partitions: 2 }]);
      writer = await kafkaSink({ connection, topic }).open(sinkHost());
      host.reader = await kafkaSource({ connection, topics: [topic], groupId, heartbeatIntervalMs: 1_000 }).open(host);
      await until(() => host.leases.length === 2, 'both partitions');
    });
    afterEach(async () => {
      await writer.close();
      await host.reader?.close();
      await connection.close();
    });

    const write = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const value = String(sequence++);
        writer.write(
          { key: `k${String(i % 10)}`, value },
          { done: () => written.push(value), failed: (error) => failed.push(error) },
        );
      }
    };
    const taken = (): Set<string> => new Set(host.taken.map(({ record }) => Buffer.from(record.value!).toString()));
    const recovers = async (withinMs: number): Promise<void> => {
      const before = sequence;
      write(10);
      await until(() => taken().size >= sequence, 'everything is written and read again', withinMs);
      expect(sequence - before).toBe(10);
      expect(failed).toEqual([]);
      expect(host.failures).toEqual([]);
    };
    /** The records of one key as they stand in the topic, repetitions left out, in the order of the writes. */
    const ordered = async (): Promise<void> => {
      const last = new Map<string, number>();
      const seen = new Set<string>();
      for await (const { key, value } of connection.readTopic(topic)) {
        const [name, text] = [Buffer.from(key!).toString(), Buffer.from(value!).toString()];
        if (seen.has(text)) continue;
        seen.add(text);
        expect(Number(text)).toBeGreaterThan(last.get(name) ?? -1);
        last.set(name, Number(text));
      }
      expect(seen.size).toBe(sequence);
    };

    test('killed and restarted at once, while records flow: nothing is lost, order holds, ten seconds at most', async () => {
      const flow = setInterval(() => write(20), 20);
      await until(() => host.taken.length > 200, 'records flow');
      await services.kafka.kill();
      await services.kafka.restart();
      clearInterval(flow);
      await recovers(10_000);
      await until(() => written.length === sequence, 'all are acknowledged');
      await ordered();
      await host.commit();
      const committed = [...(await connection.groupOffsets(groupId, topic)).values()].reduce(
        (sum, offset) => sum + offset,
        0,
      );
      expect(committed).toBe(
        [...(await connection.partitionRanges(topic)).values()].reduce((sum, { end }) => sum + end, 0),
      );
    }, 120_000);

    test('down for twenty seconds: sink and source wait, and go on within ten seconds of its return', async () => {
      write(50);
      await until(() => taken().size === 50, 'fifty are read');
      await host.commit();
      await services.kafka.kill();
      write(50);
      await pause(20_000);
      expect(host.reader!.stalled!()).toBeUndefined();
      expect([failed, host.failures]).toEqual([[], []]);
      await services.kafka.restart();
      await recovers(10_000);
      await ordered();
    }, 180_000);

    test('down while the tasks are full and hold the fetches', async () => {
      host.settleAfterMs = undefined;
      host.maxInFlight = 20;
      write(200);
      await until(() => host.inFlight() === 40, 'both tasks are full');
      await services.kafka.kill();
      await pause(15_000);
      await services.kafka.restart();
      host.settleAfterMs = 0;
      host.settle();
      const timer = setInterval(() => host.settle(), 50);
      await recovers(12_000);
      clearInterval(timer);
    }, 120_000);

    test('paused for longer than requests may take: what was sent twice is byte-equal, nothing is lost', async () => {
      const flow = setInterval(() => write(5), 50);
      await until(() => host.taken.length > 50, 'records flow');
      await services.kafka.pause();
      await pause(13_000);
      await services.kafka.resume();
      clearInterval(flow);
      await recovers(15_000);
      await ordered();
    }, 120_000);

    test('down at the start: the source waits for it, and says the address when that takes too long', async () => {
      await services.kafka.kill();
      const late = new FakeHost();
      const source = kafkaSource({ connection, topics: [topic], groupId: uniqueName('late'), openTimeoutMs: 1_500 });
      await expect(source.open(late)).rejects.toMatchObject({
        code: 'ERR_SERVICE_UNAVAILABLE',
        address: services.kafka.addresses.join(','),
      });
      const patient = kafkaSource({ connection, topics: [topic], groupId: uniqueName('late') }).open(late);
      await services.kafka.restart();
      late.reader = await patient;
      await until(() => late.leases.length === 2, 'it reads');
      await late.reader.close();
    }, 120_000);
  },
  { own: true },
);
