import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { ConsumerRecord, ProducerRecord } from '@millrace/core';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { sinkHost, writeOne } from '../../test/sink-host.js';
import { KafkaConnection } from '../connection/kafka-connection.js';
import { kafkaSink } from './kafka-sink.js';

describeWithServices(['kafka'], 'the Kafka sink', ({ kafka }) => {
  let connection: KafkaConnection;
  let topic: string;

  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());
  beforeEach(() => {
    topic = uniqueName('sink');
  });

  const read = async (from = topic): Promise<ConsumerRecord[]> => {
    const records: ConsumerRecord[] = [];
    for await (const record of connection.readTopic(from)) records.push(record);
    return records;
  };
  const values = (records: readonly ConsumerRecord[]): string[] =>
    records.map(({ value }) => Buffer.from(value!).toString());

  test('a topic that does not exist stops the start', async () => {
    await expect(kafkaSink({ connection, topic }).open(sinkHost())).rejects.toMatchObject({
      code: 'ERR_KAFKA_TOPIC_MISSING',
      topics: [topic],
    });
  });

  test('acknowledged records stand in the topic, in the order of their keys, with headers and timestamps', async () => {
    const other = uniqueName('other');
    await connection.createTopics([{ topic, partitions: 3 }, { topic: other, partitions: 1 }]); // prettier-ignore
    const host = sinkHost();
    const writer = await kafkaSink({ connection, topic }).open(host);
    const second = await kafkaSink({ connection, topic: other }).open(host);
    const records: ProducerRecord[] = Array.from({ length: 5000 }, (_, i) => ({
      key: `key-${String(i % 50)}`,
      value: String(i),
      timestamp: 1_700_000_000_000 + i,
      headers: { 'millrace.error.code': 'ERR_PROCESSING', n: Buffer.from([i & 255]) },
    }));
    const acknowledged = Promise.all([
      ...records.map((record) => writeOne(writer, record)),
      writeOne(second, { key: null, value: 'x' }),
    ]);
    await writer.flush();
    await acknowledged;
    const stored = await read();
    expect(stored).toHaveLength(5000);
    for (let key = 0; key < 50; key++) {
      const mine = stored.filter((record) => Buffer.from(record.key!).toString() === `key-${String(key)}`);
      expect(new Set(mine.map(({ partition }) => partition)).size).toBe(1);
      expect(values(mine)).toEqual(Array.from({ length: 100 }, (_, i) => String(i * 50 + key)));
    }
    const record = stored.find(({ timestamp }) => timestamp === 1_700_000_000_300)!;
    expect(record.headers).toEqual({
      'millrace.error.code': Buffer.from('ERR_PROCESSING'),
      n: Buffer.from([300 & 255]),
    });
    expect(values(await read(other))).toEqual(['x']);
    expect(host.metrics.total('numRecordsSend')).toBe(5001);
    await writer.close();
    await second.close();
  });

  test('a limit that the topic gets while records flow: batches are halved, and one record alone is truncated', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    const truncated: string[] = [];
    const writer = await kafkaSink({
      connection,
      topic,
      onTooLarge: (record) => {
        truncated.push(String(record.value).slice(0, 5));
        return { ...record, value: 'truncated' };
      },
    }).open(sinkHost());
    await writeOne(writer, { key: 'k', value: 'before' });
    await connection.configureTopic(topic, { 'max.message.bytes': '20000' });
    const sent = Array.from({ length: 1000 }, (_, i) =>
      i === 500 ? 'LARGE'.padEnd(30_000, '!') : `v${String(i)}`.padEnd(300),
    );
    await Promise.all(sent.map((value) => writeOne(writer, { key: 'k', value })));
    expect(truncated).toEqual(['LARGE']);
    expect(values(await read())).toEqual([
      'before',
      ...sent.map((value) => (value.startsWith('LARGE') ? 'truncated' : value)),
    ]);
    await writer.close();
  });

  test('1,000 failed events of ordinary size are more than a batch may hold, and go out', async () => {
    await connection.createTopics([{ topic, partitions: 1 }]);
    const writer = await kafkaSink({ connection, topic }).open(sinkHost());
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) => writeOne(writer, { key: 'k', value: String(i).padEnd(2_000) })),
    );
    expect(await read()).toHaveLength(1000);
    await writer.close();
  });

  test('a record of 900 KB goes out; one of 2 MB fails alone', async () => {
    await connection.createTopics([{ topic, partitions: 2 }]);
    const writer = await kafkaSink({ connection, topic }).open(sinkHost());
    const [large, tooLarge, small] = await Promise.allSettled([
      writeOne(writer, { key: null, value: 'x'.repeat(900_000), partition: 0 }),
      writeOne(writer, { key: null, value: 'x'.repeat(2_000_000), partition: 0 }),
      writeOne(writer, { key: null, value: 'small', partition: 0 }),
    ]);
    expect([large.status, small.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(tooLarge).toMatchObject({ status: 'rejected', reason: { code: 'ERR_KAFKA_RECORD_TOO_LARGE' } });
    expect((await read()).map(({ value }) => value!.length)).toEqual([900_000, 5]);
    await writer.close();
  });
});
