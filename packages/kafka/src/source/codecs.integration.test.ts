import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { FakeHost, until } from '../../test/fake-host.js';
import { createClient } from '../connection/client.js';
import { KafkaConnection } from '../connection/kafka-connection.js';
import { CompressionTypes } from '../kafkajs/library.js';
import { silentLogger } from '@millrace/core';
import { kafkaSource } from './kafka-source.js';

/** Topics as other producers write them. */
describeWithServices(['kafka'], 'topics of other producers', ({ kafka }) => {
  const options = { brokers: [...kafka.addresses] };
  const producerOptions = { allowAutoTopicCreation: false, createPartitioner: () => () => 0 };
  let connection: KafkaConnection;
  let topic: string;
  let host: FakeHost;

  beforeAll(() => {
    connection = new KafkaConnection(options);
  });
  afterAll(() => connection.close());
  beforeEach(async () => {
    topic = uniqueName('others');
    await connection.createTopics([{ topic, partitions: 1 }]);
    host = new FakeHost();
  });

  const open = async (groupId = uniqueName('group')): Promise<string> => {
    host.reader = await kafkaSource({
      connection,
      topics: [topic],
      groupId,
      sessionTimeoutMs: 6_000,
      maxWaitTimeMs: 100,
    }).open(host);
    return groupId;
  };
  const drain = (): Promise<void> =>
    until(async () => {
      await host.commit();
      return await host.reader!.isDrained(host.settled());
    }, 'drained');
  const values = (): string[] => host.taken.map(({ record }) => Buffer.from(record.value!).toString());
  const dump = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const record of connection.readTopic(topic)) found.push(Buffer.from(record.value!).toString());
    return found;
  };

  test.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
  ])('records compressed with %s are read', async (_name, compression) => {
    const producer = createClient(options, silentLogger).producer(producerOptions);
    await producer.connect();
    const sent = Array.from({ length: 500 }, (_, i) => `value ${String(i)} `.repeat(20));
    await producer.send({ topic, compression, messages: sent.map((value) => ({ value })) });
    await producer.disconnect();
    await open();
    await until(() => host.taken.length >= 500, 'all records');
    expect(values()).toEqual(sent);
    expect(await dump()).toEqual(sent);
    await host.reader!.close();
  });

  test('a transactional topic drains to its end, and aborted records are not seen', async () => {
    const client = createClient(options, silentLogger);
    const producer = client.producer({
      ...producerOptions,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId: uniqueName('tx'),
    });
    await producer.connect();
    for (const [value, end] of [
      ['a', 'commit'],
      ['lost', 'abort'],
      ['b', 'commit'],
      ['lost', 'abort'],
    ] as const) {
      // prettier-ignore
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value }, { value: `${value}2` }] });
      await transaction[end]();
    }
    const groupId = await open();
    await host.reader!.captureEnd();
    await drain();
    expect(values()).toEqual(['a', 'a2', 'b', 'b2']);
    // Four records and two markers of the committed ones, the same of the aborted ones: twelve offsets.
    expect(await connection.groupOffsets(groupId, topic)).toEqual(new Map([[0, 12]]));
    expect(await dump()).toEqual(['a', 'a2', 'b', 'b2']);

    // Nothing but an aborted transaction: no record to commit behind, and lag goes to 0 all the same.
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'lost' }] });
    await transaction.abort();
    await host.reader!.captureEnd();
    await drain();
    expect(await connection.groupOffsets(groupId, topic)).toEqual(new Map([[0, 14]]));
    await producer.disconnect();
    await host.reader!.close();
  }, 30_000);

  test('an open transaction does not hold a bounded run or a dump: what it wrote is not there yet', async () => {
    const producer = createClient(options, silentLogger).producer({
      ...producerOptions,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId: uniqueName('tx'),
    });
    await producer.connect();
    await connection.append(topic, [{ key: null, value: 'settled' }]);
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'open' }] });
    await open();
    await host.reader!.captureEnd();
    await drain();
    expect(values()).toEqual(['settled']);
    expect(await dump()).toEqual(['settled']);
    await transaction.commit();
    await until(() => host.taken.length === 2, 'the transaction is committed');
    await producer.disconnect();
    await host.reader!.close();
  }, 30_000);
});
