import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { pause, until } from '../test/fake-host.js';
import { KafkaConnection } from './connection/kafka-connection.js';
import { kafkaSink } from './sink/kafka-sink.js';
import { kafkaSource } from './source/kafka-source.js';

describeWithServices(['kafka'], 'a job from Kafka to Kafka', ({ kafka }) => {
  let connection: KafkaConnection;
  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());

  const copy = (from: string, to: string, groupId: string, delayMs = 0): JobRunner => {
    const env = new StreamExecutionEnvironment({ jobName: 'copy' });
    env
      .fromSource(kafkaSource({ connection, topics: [from], groupId, sessionTimeoutMs: 6_000 }), {
        uid: 'in',
        name: 'in',
      })
      .map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }), { uid: 'copy' })
      .sinkTo(kafkaSink({ connection, topic: to }), { uid: 'out' });
    return new JobRunner(env.getStreamGraph(), { checkpoint: { intervalMs: 100 + delayMs } });
  };
  const values = async (topic: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { value } of connection.readTopic(topic)) found.push(Buffer.from(value!).toString());
    return found.sort((a, b) => Number(a) - Number(b));
  };
  const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

  test('a bounded run copies everything once, commits it, and a second one finds nothing', async () => {
    const [from, to, groupId] = [uniqueName('from'), uniqueName('to'), uniqueName('group')];
    await connection.createTopics([from, to].map((topic) => ({ topic, partitions: 3 })));
    await connection.append(
      from,
      numbers(5_000).map((value) => ({ key: value, value })),
    );
    const result = await copy(from, to, groupId).run({ untilDrained: true });
    expect(result).toMatchObject({ state: 'FINISHED', read: 5_000, restarts: 0 });
    expect(await values(to)).toEqual(numbers(5_000));
    expect([...(await connection.groupOffsets(groupId, from)).values()].reduce((sum, offset) => sum + offset, 0)).toBe(
      5_000,
    );
    expect(await copy(from, to, groupId).run({ untilDrained: true })).toMatchObject({ state: 'FINISHED', read: 0 });
  }, 60_000);

  test('a job that is stopped cleanly and started again copies every record once', async () => {
    const [from, to, groupId] = [uniqueName('from'), uniqueName('to'), uniqueName('group')];
    await connection.createTopics([from, to].map((topic) => ({ topic, partitions: 3 })));
    let sent = 0;
    const feed = async (count: number): Promise<void> => {
      const records = Array.from({ length: count }, () => ({ key: String(sent), value: String(sent++) }));
      await connection.append(from, records);
    };
    for (let round = 0; round < 3; round++) {
      const job = copy(from, to, groupId);
      const running = job.run();
      await feed(500);
      await until(async () => (await values(to)).length > round * 500 + 100, 'it copies');
      expect(await job.stop()).toMatchObject({ clean: true });
      await running;
    }
    await copy(from, to, groupId).run({ untilDrained: true });
    await pause(100);
    expect(await values(to)).toEqual(numbers(1_500));
  }, 60_000);

  test('a sink whose topic is missing fails the job at the start, with the name', async () => {
    const [from, to] = [uniqueName('from'), uniqueName('missing')];
    await connection.createTopics([{ topic: from, partitions: 1 }]);
    await expect(copy(from, to, uniqueName('group')).run()).rejects.toThrow(to);
  }, 60_000);
});
