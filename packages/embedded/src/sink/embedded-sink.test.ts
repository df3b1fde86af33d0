import { describe, expect, test } from '@jest/globals';
import { InMemoryMetrics, silentLogger } from '@millrace/core';
import type { Acknowledgement, ProducerRecord, SinkHost } from '@millrace/core';
import { TemporaryStores } from '../../test/temporary-store.js';
import type { EmbeddedStore } from '../store.js';
import { embeddedSink } from './embedded-sink.js';

const stores = new TemporaryStores();

const host: SinkHost = {
  jobName: 'job',
  clock: { now: () => 42, monotonic: () => 0, setTimer: () => () => undefined },
  logger: silentLogger,
  metrics: new InMemoryMetrics(),
  signal: new AbortController().signal,
};

class Acknowledgements {
  readonly results: unknown[] = [];

  expect(name: string): Acknowledgement {
    return { done: () => this.results.push(name), failed: (error) => this.results.push(error) };
  }
}

async function storeWithTopic(partitions = 1): Promise<EmbeddedStore> {
  const store = await stores.open();
  await store.log.createTopic('t', partitions);
  return store;
}

const record = (value: string): ProducerRecord => ({ key: null, value, partition: 0 });

describe('the embedded sink', () => {
  test('a record is acknowledged when it can be read, not before, in the order of the calls', async () => {
    const store = await storeWithTopic();
    const writer = await embeddedSink({ store, topic: 't' }).open(host);
    const acknowledgements = new Acknowledgements();
    for (let n = 0; n < 1000; n += 1) writer.write(record(String(n)), acknowledgements.expect(String(n)));
    expect(acknowledgements.results).toEqual([]);
    await writer.flush();
    expect(acknowledgements.results).toEqual(Array.from({ length: 1000 }, (_, n) => String(n)));
    const stored = [...store.log.readAll('t')];
    expect(stored.map((one) => String(one.value))).toEqual(acknowledgements.results);
    expect(stored[0]?.timestamp).toBe(42);
    await writer.close();
  });

  test('what is written while a transaction runs goes into the next one', async () => {
    const store = await storeWithTopic();
    const writer = await embeddedSink({ store, topic: 't' }).open(host);
    const acknowledgements = new Acknowledgements();
    writer.write(record('first'), {
      done: () => writer.write(record('caused by it'), acknowledgements.expect('second')),
      failed: (error) => acknowledgements.results.push(error),
    });
    await writer.flush();
    await writer.flush();
    expect(acknowledgements.results).toEqual(['second']);
    expect([...store.log.readAll('t')].map((one) => String(one.value))).toEqual(['first', 'caused by it']);
  });

  test('a record that cannot be stored fails alone', async () => {
    const store = await storeWithTopic();
    const writer = await embeddedSink({ store, topic: 't' }).open(host);
    const acknowledgements = new Acknowledgements();
    writer.write(record('a'), acknowledgements.expect('a'));
    writer.write({ key: null, value: null, partition: 9 }, acknowledgements.expect('never'));
    writer.write(record('b'), acknowledgements.expect('b'));
    await writer.flush();
    expect(acknowledgements.results).toEqual([expect.objectContaining({ code: 'ERR_RECORD_INVALID' }), 'a', 'b']);
  });

  test('a failed commit fails every record of it, and the next ones are stored', async () => {
    const store = await storeWithTopic();
    const writer = await embeddedSink({ store, topic: 't' }).open(host);
    const acknowledgements = new Acknowledgements();
    writer.write(record('lost'), acknowledgements.expect('never'));
    store.enqueue({
      apply: () => {
        throw new Error('no space left');
      },
      committed: () => undefined,
      failed: () => undefined,
    });
    await writer.flush();
    writer.write(record('stored'), acknowledgements.expect('stored'));
    await writer.flush();
    expect(acknowledgements.results).toEqual([expect.objectContaining({ code: 'ERR_EMBEDDED_WRITE' }), 'stored']);
    expect([...store.log.readAll('t')].map((one) => [one.offset, String(one.value)])).toEqual([[0, 'stored']]);
  });

  test('after the store is closed, records fail and close does not', async () => {
    const store = await storeWithTopic();
    const writer = await embeddedSink({ store, topic: 't' }).open(host);
    const acknowledgements = new Acknowledgements();
    writer.write(record('in time'), acknowledgements.expect('in time'));
    await store.close();
    writer.write(record('late'), acknowledgements.expect('never'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(acknowledgements.results).toEqual(['in time', expect.objectContaining({ code: 'ERR_EMBEDDED_CLOSED' })]);
    await writer.close();
  });

  test('a missing topic is said when the sink is opened', async () => {
    const store = await storeWithTopic();
    await expect(embeddedSink({ store, topic: 'other' }).open(host)).rejects.toMatchObject({
      code: 'ERR_TOPIC_MISSING',
    });
  });
});
