import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ConsumerRecord } from '@millrace/core';
import { describeWithServices, freePort, uniqueName } from '@millrace/testing';
import { KafkaConnection } from './kafka-connection.js';

async function all(records: AsyncIterable<ConsumerRecord>): Promise<ConsumerRecord[]> {
  const list: ConsumerRecord[] = [];
  for await (const record of records) list.push(record);
  return list;
}

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

describeWithServices(['kafka'], 'a connection to Kafka', ({ kafka }) => {
  let connection: KafkaConnection;
  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());

  test('is reachable', async () => {
    await connection.waitUntilReachable(10_000);
  });

  test('says which address could not be reached in time, and why', async () => {
    const address = `127.0.0.1:${String(await freePort())}`;
    const nowhere = new KafkaConnection({ brokers: [address], connectionTimeoutMs: 500 });
    await expect(nowhere.waitUntilReachable(3_000)).rejects.toMatchObject({
      code: 'ERR_SERVICE_UNAVAILABLE',
      address,
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
    await nowhere.close();
  });

  test('names every missing topic in one line, and creates none', async () => {
    const [there, missing, another] = [uniqueName('there'), uniqueName('missing'), uniqueName('another')];
    await connection.createTopics([{ topic: there, partitions: 1 }]);
    const check = connection.checkTopics([missing, there, another]);
    await expect(check).rejects.toMatchObject({ code: 'ERR_KAFKA_TOPIC_MISSING', topics: [missing, another] });
    const message = await connection.checkTopics([missing]).catch((error: unknown) => (error as Error).message);
    expect(message).toContain(`Kafka topic "${missing}" does not exist at ${connection.address}`);
    expect(message).not.toContain('\n');
    await expect(connection.describeTopic(missing)).rejects.toMatchObject({ code: 'ERR_KAFKA_TOPIC_MISSING' });
    await expect(connection.append(missing, [{ key: 'k', value: 'v' }])).rejects.toMatchObject({
      code: 'ERR_KAFKA_TOPIC_MISSING',
    });
    await expect(connection.checkTopics([missing])).rejects.toThrow('does not exist');
  });

  test('creates topics that never expire, describes them, leaves existing ones as they are', async () => {
    const topic = uniqueName('created');
    const wanted = { topic, partitions: 3, config: { 'retention.ms': '-1', 'max.message.bytes': '12345' } };
    expect(await connection.createTopics([wanted])).toEqual([topic]);
    expect(await connection.createTopics([{ topic, partitions: 7 }])).toEqual([]);
    expect(await connection.describeTopic(topic)).toMatchObject({
      partitions: 3,
      retentionMs: -1,
      maxMessageBytes: 12345,
    });
  });

  test('appends records with their partitions and timestamps, and reads them back in topic order', async () => {
    const topic = uniqueName('append');
    await connection.createTopics([{ topic, partitions: 3 }]);
    const records = Array.from({ length: 3000 }, (_, i) => ({
      key: i % 7 === 0 ? null : `key-${String(i)}`,
      value: i % 11 === 0 ? null : Buffer.from([0xff, i & 0xff]),
      partition: i % 3,
      timestamp: 1_600_000_000_000 + i,
      headers: { a: 'text', b: Buffer.from([0, 1]), many: ['x', 'y'], gone: undefined },
    }));
    expect(await connection.append(topic, records)).toBe(3000);
    const read = await all(connection.readTopic(topic));
    const expected = [0, 1, 2].flatMap((partition) => records.filter((record) => record.partition === partition));
    expect(read.map(({ partition, timestamp }) => ({ partition, timestamp }))).toEqual(
      expected.map(({ partition, timestamp }) => ({ partition, timestamp })),
    );
    expect(read.map(({ key }) => text(key))).toEqual(expected.map(({ key }) => key));
    expect(read.map(({ value }) => value)).toEqual(expected.map(({ value }) => value));
    expect(read.map(({ offset }) => offset)).toEqual(
      [0, 1, 2].flatMap(() => Array.from({ length: 1000 }, (_, i) => i)),
    );
    expect(read[0]!.headers).toEqual({
      a: Buffer.from('text'),
      b: Buffer.from([0, 1]),
      many: [Buffer.from('x'), Buffer.from('y')],
    });
    const ranges = await connection.partitionRanges(topic);
    expect([...ranges.values()]).toEqual([0, 1, 2].map(() => ({ earliest: 0, end: 1000 })));
  });

  test("sets and reads a group's offsets", async () => {
    const topic = uniqueName('offsets');
    const group = uniqueName('group');
    await connection.createTopics([{ topic, partitions: 3 }]);
    expect(await connection.groupOffsets(group, topic)).toEqual(new Map());
    await connection.setGroupOffsets(group, topic, new Map([[0, 5], [2, 0]])); // prettier-ignore
    expect(await connection.groupOffsets(group, topic)).toEqual(new Map([[0, 5], [2, 0]])); // prettier-ignore
  });

  test('reads an empty topic, and one with a null key and value', async () => {
    const topic = uniqueName('empty');
    await connection.createTopics([{ topic, partitions: 2 }]);
    expect(await all(connection.readTopic(topic))).toEqual([]);
    await connection.append(topic, [{ key: null, value: null, partition: 1 }]);
    expect(await all(connection.readTopic(topic))).toMatchObject([{ partition: 1, offset: 0, key: null, value: null }]);
  });
});
