import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { ConsumerRecord } from '@millrace/core';
import { silentLogger } from '@millrace/core';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { createClient } from './client.js';
import { KafkaConnection } from './kafka-connection.js';
import type { TransactionalWriter, TopicRecord } from './transactional-writer.js';

describeWithServices(['kafka'], 'a transactional writer', ({ kafka }) => {
  const opened: TransactionalWriter[] = [];
  let connection: KafkaConnection;
  let [requests, ledger, id] = ['', '', ''];

  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  beforeEach(async () => {
    [requests, ledger, id] = [uniqueName('requests'), uniqueName('ledger'), uniqueName('writer')];
    await connection.createTopics([
      { topic: requests, partitions: 3, config: { 'max.message.bytes': '20000' } },
      { topic: ledger, partitions: 1 },
    ]);
  });
  afterAll(async () => {
    for (const writer of opened) await writer.close();
    await connection.close();
  });

  const writer = async (): Promise<TransactionalWriter> => {
    const made = connection.transactionalWriter({ transactionalId: id });
    opened.push(made);
    await made.takeOver();
    return made;
  };
  const group = (from: number, count: number, bytes = 10): TopicRecord[] => [
    ...Array.from({ length: count }, (_, i) => ({
      topic: requests,
      record: { key: `key-${String((from + i) % 7)}`, value: String(from + i).padEnd(bytes) },
    })),
    { topic: ledger, record: { key: null, value: `${String(from)}+${String(count)}` } },
  ];
  const read = async (topic: string): Promise<ConsumerRecord[]> => {
    const records: ConsumerRecord[] = [];
    for await (const record of connection.readTopic(topic)) records.push(record);
    return records;
  };
  const numbers = async (): Promise<number[]> =>
    (await read(requests)).map(({ value }) => Number(Buffer.from(value!).toString())).sort((a, b) => a - b);
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  test('transaction after transaction, everything stands there once, by key in order', async () => {
    const mine = await writer();
    for (let from = 0; from < 300; from += 10) await mine.write(group(from, 10));
    expect(await numbers()).toEqual(upTo(300));
    expect(await read(ledger)).toHaveLength(30);
    const byKey = new Map<string, number[]>();
    for (const { key, value } of await read(requests)) {
      const name = Buffer.from(key!).toString();
      byKey.set(name, [...(byKey.get(name) ?? []), Number(Buffer.from(value!).toString())]);
    }
    for (const values of byKey.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(byKey.size).toBe(7);
  });

  test('where one record is refused nothing of the group is there, and the next group is', async () => {
    const mine = await writer();
    await mine.write(group(0, 5));
    const large = { topic: requests, record: { key: 'large', value: 'x'.repeat(100_000) } };
    await expect(mine.write([...group(5, 5), large])).rejects.toMatchObject({ code: 'ERR_KAFKA_TRANSACTION_REFUSED' });
    await expect(mine.write(group(5, 5))).rejects.toMatchObject({ code: 'ERR_KAFKA_TRANSACTION' });
    await mine.takeOver();
    expect(await numbers()).toEqual(upTo(5));
    await mine.write(group(5, 5));
    expect(await numbers()).toEqual(upTo(10));
    expect(await read(ledger)).toHaveLength(2);
  });

  test('who takes over ends the writing of the one before', async () => {
    const first = await writer();
    await first.write(group(0, 5));
    const second = await writer();
    await expect(first.write(group(5, 5))).rejects.toMatchObject({ code: 'ERR_KAFKA_FENCED' });
    await second.write(group(5, 5));
    expect(await numbers()).toEqual(upTo(10));
    expect(await read(ledger)).toHaveLength(2);
  });

  test('what a killed writer left open is undone by the takeover, at once', async () => {
    const client = createClient({ brokers: [...kafka.addresses] }, silentLogger);
    const killed = client.producer({ transactionalId: id, maxInFlightRequests: 1, transactionTimeout: 600_000 });
    await killed.connect();
    const transaction = await killed.transaction();
    await transaction.send({ topic: requests, messages: [{ key: 'k', value: '77', partition: 0 }] });
    const mine = await writer();
    await mine.write(group(0, 5));
    expect(await numbers()).toEqual(upTo(5));
    await expect(transaction.commit()).rejects.toThrow();
    await killed.disconnect();
    expect(await numbers()).toEqual(upTo(5));
  });

  test('a part of a partition can be read, from an offset or from a time on', async () => {
    const records = upTo(10).map((i) => ({ key: 'k', value: String(i), partition: 1, timestamp: 1_000_000 + i }));
    await connection.append(requests, records);
    const found: number[] = [];
    for await (const { offset } of connection.readPartition(requests, 1, { earliest: 3, end: 5 })) found.push(offset);
    expect(found).toEqual([3, 4]);
    expect(await connection.offsetsAt(requests, 1_000_004)).toEqual(new Map([[0, 0], [1, 4], [2, 0]])); // prettier-ignore
    expect((await connection.offsetsAt(requests, 2_000_000)).get(1)).toBe(10);
  });
});
