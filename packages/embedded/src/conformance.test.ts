import { describe, expect, test } from '@jest/globals';
import type { ConsumerRecord, ProducerRecord } from '@millrace/core';
import { sinkConformance, sourceConformance } from '@millrace/core/testing';
import { SourceHarness } from '@millrace/core/testing';
import { TemporaryStores } from '../test/temporary-store.js';
import { embeddedSink } from './sink/embedded-sink.js';
import { embeddedSource } from './source/embedded-source.js';

const stores = new TemporaryStores();

describe.each([1, 2])('%p topics of an embedded store are a Source', (count) => {
  const topics = Array.from({ length: count }, (_, n) => `t${String(n)}`);
  const checks = sourceConformance<ConsumerRecord>({
    idOf: ({ topic, partition, offset }) => `${topic}-${String(partition)}-${String(offset)}`,
    create: async () => {
      const store = await stores.open();
      for (const topic of topics) await store.log.createTopic(topic, 3);
      return {
        source: () => embeddedSource({ store, topic: topics, groupId: 'g' }),
        add: async (records) => {
          const groups = topics.map((topic) => ({ topic, records: [] as ProducerRecord[] }));
          for (let n = 0; n < records; n += 1) {
            groups[n % count]?.records.push({ key: `k${String(n)}`, value: String(n) });
          }
          await store.log.append(groups);
        },
        close: () => store.close(),
      };
    },
  });
  test.each(checks)('$name', ({ run }) => run());
});

describe('a topic of an embedded store is a Sink', () => {
  const checks = sinkConformance<ProducerRecord>({
    elementOf: ({ key, n }) => ({ key, value: String(n) }),
    create: async () => {
      const store = await stores.open();
      await store.log.createTopic('out', 2);
      return {
        sink: () => embeddedSink({ store, topic: 'out' }),
        read: () =>
          Promise.resolve(
            [...store.log.readAll('out')].map(({ key, value }) => ({
              key: Buffer.from(key ?? []).toString(),
              n: Number(Buffer.from(value ?? []).toString()),
            })),
          ),
        close: () => store.close(),
      };
    },
  });
  test.each(checks)('$name', ({ run }) => run());
});

describe('several topics in one source', () => {
  test('partition n of all of them belongs to one task', async () => {
    const store = await stores.open();
    for (const topic of ['a', 'b']) await store.log.createTopic(topic, 2);
    const harness = await SourceHarness.open(embeddedSource({ store, topic: ['a', 'b'], groupId: 'g' }));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(harness.assigned.map(({ id, task }) => [id, task])).toEqual([
      ['a-0', '0'],
      ['a-1', '1'],
      ['b-0', '0'],
      ['b-1', '1'],
    ]);
    await harness.close();
    await store.close();
  });

  test('different numbers of partitions are said when the source is opened, both of them', async () => {
    const store = await stores.open();
    await store.log.createTopic('a', 2);
    await store.log.createTopic('b', 3);
    await expect(SourceHarness.open(embeddedSource({ store, topic: ['a', 'b'], groupId: 'g' }))).rejects.toMatchObject({
      code: 'ERR_CO_PARTITION',
      message: expect.stringContaining('"a" has 2, "b" has 3') as unknown as string,
    });
    await store.close();
  });
});
