import { describe, expect, test } from '@jest/globals';
import { JobRunner, Serializers, StreamExecutionEnvironment } from '@millrace/core';
import type { AggregateFunction, ProducerRecord, StreamGraph } from '@millrace/core';
import { TemporaryStores } from '../../test/temporary-store.js';
import { embeddedSink } from '../sink/embedded-sink.js';
import { embeddedSource } from '../source/embedded-source.js';
import type { EmbeddedStore } from '../store.js';
import { embeddedRepartition } from './embedded-repartition.js';
import type { EmbeddedRepartitionOptions } from './embedded-repartition.js';

const stores = new TemporaryStores();
/** How many there are. */
const counting: AggregateFunction<string, number, number> = {
  createAccumulator: () => 0,
  add: (_value, count) => count + 1,
  getResult: (count) => count,
  merge: (a, b) => a + b,
};
const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();

function graphOf(store: EmbeddedStore, options: Omit<EmbeddedRepartitionOptions, 'store'>): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'job' });
  env
    .fromSource(embeddedSource({ store, topic: 'in', groupId: 'g' }), { uid: 'in' })
    .map(({ value }) => text(value))
    .repartition((value) => `k${String(Number(value) % 5)}`, {
      uid: 'again',
      through: embeddedRepartition({ store, ...options }),
      serializer: Serializers.string(),
    })
    .stream.process<ProducerRecord>(
      {
        processElement: (value, context, out) => {
          out.collect({ key: null, value, timestamp: context.timestamp() ?? 0 });
        },
      },
      { uid: 'copy' },
    )
    .sinkTo(embeddedSink({ store, topic: 'out' }), { uid: 'out' });
  return env.getStreamGraph();
}

async function storeWith(records: number): Promise<EmbeddedStore> {
  const store = await stores.open();
  await store.log.createTopic('in', 3);
  await store.log.createTopic('out', 1);
  await store.log.append(
    'in',
    Array.from({ length: records }, (_, n) => ({ key: null, value: String(n), partition: n % 3, timestamp: n })),
  );
  return store;
}

describe('a repartition through an embedded store', () => {
  test('is drained when both halves are, and keeps timestamps; a second run has nothing to do', async () => {
    const store = await storeWith(200);
    const run = () => new JobRunner(graphOf(store, { createTopics: { partitions: 4 } })).run({ untilDrained: true });
    expect(await run()).toMatchObject({ state: 'FINISHED' });
    const out = [...store.log.readAll('out')].map(({ value, timestamp }) => [Number(text(value)), timestamp]);
    expect(out.sort((a, b) => a[0]! - b[0]!)).toEqual(Array.from({ length: 200 }, (_, n) => [n, n]));
    expect(store.log.topic('job-again-repartition')).toMatchObject({ partitions: 4 });
    await run();
    expect([...store.log.readAll('out')]).toHaveLength(200);
  });

  test('a bounded job behind it ends by itself, at the end of its windows', async () => {
    const store = await storeWith(0);
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    env
      .fromCollection(
        Array.from({ length: 50 }, (_, n) => n),
        { uid: 'numbers' },
      )
      .map((n) => String(n % 5))
      .repartition((value) => value, {
        ...{ uid: 'again', through: embeddedRepartition({ store, createTopics: { partitions: 4 } }) },
        serializer: Serializers.string(),
      })
      .countWindow(1_000)
      .orTimeout(86_400_000)
      .aggregate(counting, { uid: 'count' })
      .map((count): ProducerRecord => ({ key: null, value: String(count) }))
      .sinkTo(embeddedSink({ store, topic: 'out' }), { uid: 'out' });
    expect(await new JobRunner(env.getStreamGraph()).run()).toMatchObject({ state: 'FINISHED' });
    expect([...store.log.readAll('out')].map(({ value }) => text(value))).toEqual(['10', '10', '10', '10', '10']);
  });

  test('a topic that is missing is not created unasked; one that exists is used as it is', async () => {
    const store = await storeWith(1);
    await expect(new JobRunner(graphOf(store, {})).run()).rejects.toMatchObject({
      code: 'ERR_REPARTITION_TOPIC_MISSING',
    });
    expect(store.log.topic('job-again-repartition')).toBeUndefined();
    await store.log.createTopic('job-again-repartition', 2);
    await new JobRunner(graphOf(store, { createTopics: { partitions: 9 } })).run({ untilDrained: true });
    expect(store.log.topic('job-again-repartition')).toMatchObject({ partitions: 2 });
    expect([...store.log.readAll('out')]).toHaveLength(1);
  });
});
