import { describe, expect, test } from '@jest/globals';
import {
  AsyncDataStream,
  JobFailedError,
  OutputTag,
  RestartStrategies,
  retryInPlace,
  StreamExecutionEnvironment,
} from '@millrace/core';
import type { ConsumerRecord, ProducerRecord, StreamGraph } from '@millrace/core';
import { TestTopics, TopologyTestDriver } from '@millrace/core/testing';

const text = (record: ConsumerRecord): string => new TextDecoder().decode(record.value ?? undefined);
const out = (value: string): ProducerRecord => ({ key: value, value });

function upperCase(topics: TestTopics): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'upper' });
  env
    .fromSource(topics.source('in'), { uid: 'in' })
    .map(text, { uid: 'text' })
    .filter((word) => word !== '', { uid: 'not-empty' })
    .map((word) => out(word.toUpperCase()), { uid: 'upper' })
    .sinkTo(topics.sink('out'), { uid: 'out' });
  return env.getStreamGraph();
}

describe('a job of synchronous operators', () => {
  test('passes records through in order and commits behind them at the next checkpoint', async () => {
    const topics = new TestTopics();
    const driver = await TopologyTestDriver.start(upperCase(topics), { topics });
    await driver.pipe('in', { value: 'a' }, { value: '' }, { value: 'b' });
    expect(driver.read('out').map((record) => record.value)).toEqual(['A', 'B']);
    expect(topics.committed('in')).toEqual([0]);
    await driver.advance(1_000);
    expect(topics.committed('in')).toEqual([3]);
    expect(await driver.stop()).toEqual({ clean: true });
  });

  test('reads nothing twice after a clean stop, and what was not committed again after a crash', async () => {
    const topics = new TestTopics();
    const first = await TopologyTestDriver.start(upperCase(topics), { topics });
    await first.pipe('in', { value: 'a' });
    await first.stop();
    const second = await TopologyTestDriver.start(upperCase(topics), { topics });
    await second.pipe('in', { value: 'b' });
    await second.crash();
    const third = await TopologyTestDriver.start(upperCase(topics), { topics });
    await third.stop();
    expect(topics.records('out').map(text)).toEqual(['A', 'B', 'B']);
  });
});

describe('a sink that stops answering', () => {
  test('bounds what is read, and nothing behind it is committed', async () => {
    const topics = new TestTopics();
    const proceed = topics.stall('out');
    const driver = await TopologyTestDriver.start(upperCase(topics), { topics, maxInFlightPerTask: 100 });
    await driver.pipe('in', ...Array.from({ length: 1_000 }, (_, n) => ({ value: `v${String(n)}` })));
    await driver.advance(5_000);
    expect(driver.status().tasks[0]).toMatchObject({ inFlight: 100, settled: 0 });
    proceed();
    await driver.settled();
    await driver.advance(1_000);
    expect(topics.committed('in')).toEqual([1_000]);
    expect(topics.records('out')).toHaveLength(1_000);
    await driver.stop();
  });

  test('bounds the bytes of large records too', async () => {
    const topics = new TestTopics();
    const proceed = topics.stall('out');
    const driver = await TopologyTestDriver.start(upperCase(topics), { topics, maxInFlightBytes: 10_000 });
    await driver.pipe('in', ...Array.from({ length: 50 }, () => ({ value: 'x'.repeat(3_000) })));
    // One over the bound, since a record is taken as long as there is room at all.
    expect(driver.status().tasks[0]).toMatchObject({ inFlight: 4 });
    proceed();
    await driver.settled();
    expect(topics.records('out')).toHaveLength(50);
    await driver.stop();
  });

  test('makes a stop end unclean after its timeout', async () => {
    const topics = new TestTopics();
    topics.stall('out');
    const driver = await TopologyTestDriver.start(upperCase(topics), { topics, stopTimeoutMs: 2_000 });
    await driver.pipe('in', { value: 'a' });
    expect(await driver.stop()).toEqual({ clean: false });
    expect(topics.committed('in')).toEqual([0]);
  });
});

describe('errors of user functions', () => {
  const failed = new OutputTag<string>('failed');

  function throwing(topics: TestTopics, thrown: unknown): StreamGraph {
    const env = new StreamExecutionEnvironment({ jobName: 'throwing' });
    const words = env
      .fromSource(topics.source('in'), { uid: 'in' })
      .map(text, { uid: 'text' })
      .process<string>(
        {
          processElement(word, _context, collector) {
            if (word === 'bad') throw thrown;
            collector.collect(word);
          },
        },
        {
          uid: 'check',
          errors: { onEventError: { tag: failed, make: (word, error) => [`${word}: ${String(error)}`] } },
        },
      );
    words.map(out, { uid: 'encode' }).sinkTo(topics.sink('out'), { uid: 'out' });
    words.getSideOutput(failed).map(out, { uid: 'letter' }).sinkTo(topics.sink('failed'), { uid: 'failed' });
    return env.getStreamGraph();
  }

  test.each([new TypeError('no'), undefined, 'text'])(
    'thrown %p makes a dead letter and the next record goes on',
    async (thrown) => {
      const topics = new TestTopics();
      const driver = await TopologyTestDriver.start(throwing(topics, thrown), { topics });
      await driver.pipe('in', { value: 'bad' }, { value: 'good' });
      expect(driver.read('failed').map((record) => record.value)).toEqual([`bad: ${String(thrown)}`]);
      expect(driver.read('out').map((record) => record.value)).toEqual(['good']);
      await driver.advance(1_000);
      expect(topics.committed('in')).toEqual([2]);
      await driver.stop();
    },
  );

  test('without a policy the attempt fails, is restarted from the last commit, and then fails for good', async () => {
    const topics = new TestTopics();
    const env = new StreamExecutionEnvironment({ jobName: 'strict' });
    env
      .fromSource(topics.source('in'), { uid: 'in' })
      .map((record) => {
        if (text(record) === 'bad') throw new RangeError('bad word');
        return out(text(record));
      })
      .sinkTo(topics.sink('out'), { uid: 'out' });
    topics.append('in', { value: 'ok' });
    topics.append('in', { value: 'bad' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), {
      topics,
      restartStrategy: RestartStrategies.fixedDelay(2, 100),
    });
    await expect(driver.advance(10_000)).rejects.toBeInstanceOf(JobFailedError);
    expect(driver.status()).toMatchObject({ state: 'FAILED', restarts: 2, lastError: expect.stringContaining('bad') });
    expect(topics.records('out').map(text)).toEqual(['ok', 'ok', 'ok']);
  });
});

describe('infrastructure errors', () => {
  test('are retried in place, and show in the status while they last', async () => {
    const topics = new TestTopics();
    let isDown = true;
    const env = new StreamExecutionEnvironment({ jobName: 'retrying' });
    const stream = env.fromSource(topics.source('in'), { uid: 'in' });
    AsyncDataStream.unorderedWait<ConsumerRecord, ProducerRecord>(
      stream,
      {
        asyncInvoke: (record) =>
          isDown ? Promise.reject(new Error('database gone')) : Promise.resolve([out(text(record))]),
      },
      {
        uid: 'store',
        retryStrategy: retryInPlace({ timeoutMs: 60_000, random: () => 0.5 }),
        errors: { classify: () => 'infrastructure' },
      },
    ).sinkTo(topics.sink('out'), { uid: 'out' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await driver.pipe('in', { value: 'a' }, { value: 'b' });
    await driver.advance(20_000);
    expect(driver.status()).toMatchObject({
      state: 'RUNNING',
      waiting: [{ operator: 'store', error: 'database gone' }],
    });
    isDown = false;
    await driver.advance(6_000);
    expect(driver.read('out').map((record) => record.value)).toEqual(['a', 'b']);
    expect(driver.status().waiting).toEqual([]);
    await driver.stop();
  });
});

describe('a slow record', () => {
  test('holds the commit back, not the others', async () => {
    const topics = new TestTopics();
    let finish: (() => void) | undefined;
    const env = new StreamExecutionEnvironment({ jobName: 'slow' });
    const stream = env.fromSource(topics.source('in'), { uid: 'in' });
    AsyncDataStream.unorderedWait<ConsumerRecord, ProducerRecord>(
      stream,
      {
        asyncInvoke: async (record) => {
          if (text(record) === 'slow') await new Promise<void>((resolve) => (finish = resolve));
          return [out(text(record))];
        },
      },
      { uid: 'wait' },
    ).sinkTo(topics.sink('out'), { uid: 'out' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await driver.pipe('in', { value: 'a' }, { value: 'slow' }, { value: 'b' }, { value: 'c' });
    await driver.advance(1_000);
    expect(driver.read('out').map((record) => record.value)).toEqual(['a', 'b', 'c']);
    expect(topics.committed('in')).toEqual([1]);
    finish?.();
    await driver.settled();
    await driver.advance(1_000);
    expect(topics.committed('in')).toEqual([4]);
    await driver.stop();
  });
});
