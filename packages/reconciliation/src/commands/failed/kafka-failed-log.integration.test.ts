import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaConnection } from '@millrace/kafka';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { failedLogConformance } from './failed-log.conformance.js';
import { KafkaFailedLog } from './kafka-failed-log.js';

describeWithServices(['kafka'], 'the log on Kafka', ({ kafka }) => {
  let connection: KafkaConnection;
  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());

  const signal = new AbortController().signal;
  const open = (): KafkaFailedLog => new KafkaFailedLog(connection, { retryTimeoutMs: 30_000, signal });
  const names = (): { failed: string; input: string; ledger: string } => {
    const failed = uniqueName('failed');
    return { failed, input: uniqueName('requests'), ledger: `${failed}.replayed` };
  };

  failedLogConformance('Kafka', async () => {
    const topics = names();
    const config = { 'retention.ms': '-1' };
    await connection.createTopics([
      { topic: topics.failed, partitions: 2, config },
      { topic: topics.input, partitions: 3, config },
    ]);
    return {
      ...{ log: open(), topics },
      append: async (topic, records) => {
        await connection.append(topic, records);
      },
      close: () => Promise.resolve(),
    };
  });

  test.each<Readonly<Record<string, string>>>([{ 'retention.ms': '1000' }, { 'cleanup.policy': 'compact' }])(
    'a ledger that would forget (%j) is refused',
    async (config) => {
      const topics = names();
      await connection.createTopics([
        { topic: topics.failed, partitions: 1, config: { 'retention.ms': '100000' } },
        { topic: topics.ledger, partitions: 1, config },
      ]);
      await expect(open().openWriter(topics)).rejects.toMatchObject({ code: 'ERR_LEDGER_RETENTION' });
    },
  );

  test('of two processes that send back the earlier one stops', async () => {
    const topics = names();
    await connection.createTopics([
      { topic: topics.failed, partitions: 1 },
      { topic: topics.input, partitions: 1 },
    ]);
    const [first, second] = [await open().openWriter(topics), await open().openWriter(topics)];
    const one = (value: string) => [{ topic: topics.input, record: { key: null, value } }];
    await first.takeOver();
    await first.write(one('1'));
    await second.takeOver();
    await expect(first.write(one('2'))).rejects.toMatchObject({ code: 'ERR_REPLAY_TAKEN_OVER' });
    await second.write(one('3'));
    await Promise.all([first.close(), second.close()]);
  });
});
