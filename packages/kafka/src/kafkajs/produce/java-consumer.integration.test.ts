import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ConsumerRecord, ProducerRecord } from '@millrace/core';
import { describeWithServices, kafkaToolObstacle, notRunPrefix, runKafkaTool, uniqueName } from '@millrace/testing';
import { KafkaConnection } from '../../connection/kafka-connection.js';
import { producerCure } from '../library.js';

const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';
const CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
const obstacle = kafkaToolObstacle();

/** Bytes as Java's `Bytes.toString` shows them. */
function shown(bytes: Uint8Array | string | null): string {
  if (bytes === null) return 'null';
  return Array.from(Buffer.from(bytes), (byte) => {
    const char = String.fromCharCode(byte);
    return char >= ' ' && char <= '~' && char !== '\\'
      ? char
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** Records of every kind, each at a time of its own. */
const records: ProducerRecord[] = Array.from({ length: 3000 }, (_, i) => ({
  key: [null, '', `k${String(i % 50)}`, Buffer.from([0, 255, i & 255])][i % 4]!,
  value: [null, '', 'é€😀'.repeat(i % 40), Buffer.from([i & 255, 0, 128]), 'x'.repeat(i % 700)][i % 5]!,
  timestamp: 1_763_000_000_000 + ((i * 7919) % 100_000),
  headers: i % 3 === 0 ? {} : { n: String(i), twice: ['a', Buffer.from([i & 255])], empty: '' },
  partition: 0,
}));

describeWithServices(['kafka'], 'record batches that this package encodes', ({ kafka }) => {
  let connection: KafkaConnection;
  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());

  const written = async (): Promise<string> => {
    expect(producerCure.applied).toBe(true);
    const topic = uniqueName('batches');
    await connection.createTopics([{ topic, partitions: 1 }]);
    expect(await connection.append(topic, records)).toBe(records.length);
    return topic;
  };

  test('are read by kafkajs as they were written', async () => {
    const read: ConsumerRecord[] = [];
    for await (const record of connection.readTopic(await written())) read.push(record);
    const bytes = (value: Uint8Array | string | null): Buffer | null => (value === null ? null : Buffer.from(value));
    expect(read.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }))).toEqual(
      records.map(({ key, value, timestamp, headers }) => ({
        ...{ key: bytes(key), value: bytes(value), timestamp },
        headers: Object.fromEntries(
          Object.entries(headers!).map(([name, each]) => [
            name,
            Array.isArray(each) ? each.map((one: Uint8Array | string) => bytes(one)) : bytes(each as string),
          ]),
        ),
      })),
    );
  });

  (obstacle === undefined ? test : test.skip)(
    obstacle === undefined
      ? 'are read by a Java consumer, checksums checked, as they were written'
      : `${notRunPrefix}${obstacle}`,
    async () => {
      const print = ['key', 'value', 'timestamp', 'offset', 'headers'].map((what) => `print.${what}=true`);
      const separators = ['key.separator=|', 'headers.separator=;'];
      const deserializers = ['key', 'value', 'headers'].map((what) => `${what}.deserializer=${BYTES}`);
      const output = await runKafkaTool(
        CONSUMER,
        [
          ...['--bootstrap-server', kafka.addresses[0]!, '--topic', await written()],
          // No group: its coordinator is busy with other tests. The time limit is for a record that never comes.
          ...['--partition', '0', '--offset', 'earliest', '--max-messages', String(records.length)],
          ...['--timeout-ms', '300000'],
          ...[...print, ...separators, ...deserializers].flatMap((property) => ['--formatter-property', property]),
        ],
        400_000,
      );
      expect(output.trimEnd().split('\n')).toEqual(
        records.map(({ key, value, timestamp, headers }, offset) => {
          const pairs = Object.entries(headers!).flatMap(([name, each]) =>
            (Array.isArray(each) ? each : [each]).map((one) => `${name}:${shown(one as string)}`),
          );
          const headersShown = pairs.length === 0 ? 'NO_HEADERS' : pairs.join(';');
          return `CreateTime:${String(timestamp)}|Offset:${String(offset)}|${headersShown}|${shown(key)}|${shown(value)}`;
        }),
      );
    },
    600_000, // Maven resolves the tools the first time
  );
});
