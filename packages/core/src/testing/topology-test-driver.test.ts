import { describe, expect, test } from '@jest/globals';
import { AsyncDataStream, partitionForKey, StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import type { ConsumerRecord, ProducerRecord, StreamGraph, ValueState } from '@millrace/core';
import { TestTopics, TopologyTestDriver } from '@millrace/core/testing';

const decode = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined);
const text = (record: ConsumerRecord): string => decode(record.value);

function copy(topics: TestTopics): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'copy' });
  env
    .fromSource(topics.source('in'), { uid: 'in' })
    .map((record): ProducerRecord => ({ key: record.key, value: record.value }), { uid: 'copy' })
    .sinkTo(topics.sink('out'), { uid: 'out' });
  return env.getStreamGraph();
}

describe('topics in memory', () => {
  test('put a key where Kafka would, and keep positions and commits by partition', async () => {
    const topics = new TestTopics();
    topics.create('in', 4);
    const driver = await TopologyTestDriver.start(copy(topics), { topics });
    const keys = ['21', 'foobar', 'a-little-bit-long-string', '21'];
    await driver.pipe('in', ...keys.map((key) => ({ key, value: `of ${key}` })));
    const expected = [0, 0, 0, 0];
    for (const key of keys) {
      const partition = partitionForKey(new TextEncoder().encode(key), 4);
      expected[partition] = (expected[partition] ?? 0) + 1;
    }
    await driver.advance(1_000);
    expect(topics.committed('in')).toEqual(expected);
    expect(driver.status().tasks.map(({ split }) => split)).toEqual(['in-0', 'in-1', 'in-2', 'in-3']);
    await driver.stop();
  });

  test('take a partition by number, null values, timestamps and headers', () => {
    const topics = new TestTopics();
    topics.create('t', 2);
    const stored = topics.append('t', { value: null, partition: 1, timestamp: 7, headers: { h: 'x' } });
    expect(stored).toEqual({
      topic: 't',
      partition: 1,
      offset: 0,
      timestamp: 7,
      key: null,
      value: null,
      headers: { h: 'x' },
    });
    expect(() => topics.append('t', { value: 'a', partition: 2 })).toThrow(RangeError);
    expect(topics.records('t')).toEqual([stored]);
  });

  test('are not made anew by mistake', () => {
    const topics = new TestTopics();
    topics.append('t', { value: 'a' });
    expect(() => topics.create('t', 2)).toThrow('exists');
  });
});

describe('the topology test driver', () => {
  test('reads each output record once', async () => {
    const topics = new TestTopics();
    const driver = await TopologyTestDriver.start(copy(topics), { topics });
    await driver.pipe('in', { key: 'k', value: 'a' });
    expect(driver.read('out')).toEqual([{ key: 'k', value: 'a', timestamp: undefined }]);
    expect(driver.read('out')).toEqual([]);
    await driver.pipe('in', { value: 'b' });
    expect(driver.read('out')).toMatchObject([{ value: 'b' }]);
    await driver.stop();
  });

  test('runs what chains through a topic: one job’s output is another stream’s input', async () => {
    const topics = new TestTopics();
    const env = new StreamExecutionEnvironment({ jobName: 'chained' });
    env
      .fromSource(topics.source('in'), { uid: 'in' })
      .map((record): ProducerRecord => ({ key: null, value: `${text(record)}!` }), { uid: 'shout' })
      .sinkTo(topics.sink('between'), { uid: 'between-out' });
    env
      .fromSource(topics.source('between'), { uid: 'between' })
      .map((record): ProducerRecord => ({ key: null, value: text(record).toUpperCase() }), { uid: 'upper' })
      .sinkTo(topics.sink('out'), { uid: 'out' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await driver.pipe('in', { value: 'a' });
    expect(driver.read('out').map(({ value }) => value)).toEqual(['A!']);
    await driver.stop();
  });

  test('shares the capacity of admit between the tasks of a process', async () => {
    const topics = new TestTopics();
    topics.create('in', 3);
    let inside = 0;
    let most = 0;
    const finish: (() => void)[] = [];
    const env = new StreamExecutionEnvironment({ jobName: 'shared' });
    const admitted = env
      .fromSource(topics.source('in'), { uid: 'in' })
      .map(text, { uid: 'text' })
      .keyBy((word) => word)
      .admit({ uid: 'admit', capacity: 2 });
    AsyncDataStream.unorderedWait<string, ProducerRecord>(
      admitted,
      {
        asyncInvoke: async (word) => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise<void>((resolve) => finish.push(resolve));
          inside -= 1;
          return [{ key: null, value: word }];
        },
      },
      { uid: 'work' },
    ).sinkTo(topics.sink('out'), { uid: 'out' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    for (const partition of [0, 1, 2]) {
      await driver.pipe(
        'in',
        { partition, value: `a${String(partition)}` },
        { partition, value: `b${String(partition)}` },
      );
    }
    while (finish.length > 0) {
      finish.shift()?.();
      await driver.settled();
    }
    expect(most).toBe(2);
    expect(
      driver
        .read('out')
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2']);
    await driver.stop();
  });

  test('lets the next group of a key in only when side outputs and sinks of the one before are acknowledged', async () => {
    const topics = new TestTopics();
    const proceed = topics.stall('slow');
    const env = new StreamExecutionEnvironment({ jobName: 'acknowledged' });
    env
      .fromSource(topics.source('in'), { uid: 'in' })
      .map(text, { uid: 'text' })
      .keyBy((word) => word[0] ?? '')
      .admit({ uid: 'admit', coalesce: (group) => group.join('+') })
      .flatMap<ProducerRecord>((value, out) => {
        out.collect({ key: null, value });
        out.collect({ key: null, value: `${value} again` });
      })
      .sinkTo(topics.sink('slow'), { uid: 'slow' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await driver.pipe('in', { value: 'a1' }, { value: 'a2' }, { value: 'a3' });
    expect(driver.read('slow')).toEqual([]);
    proceed();
    await driver.settled();
    expect(driver.read('slow').map(({ value }) => value)).toEqual(['a1', 'a1 again', 'a2+a3', 'a2+a3 again']);
    await driver.advance(1_000);
    expect(topics.committed('in')).toEqual([3]);
    await driver.stop();
  });

  test('keeps keyed state over a crash: what was not checkpointed is counted again, once', async () => {
    const { MemoryStateBackend } = await import('@millrace/core');
    const stateBackend = new MemoryStateBackend();
    const topics = new TestTopics();
    const graph = (): StreamGraph => {
      const env = new StreamExecutionEnvironment({ jobName: 'counting' });
      let count: ValueState<number>;
      env
        .fromSource(topics.source('in'), { uid: 'in' })
        .map(text, { uid: 'text' })
        .keyBy((word) => word)
        .process<ProducerRecord>(
          {
            open: (context) => void (count = context.getState(new ValueStateDescriptor<number>('count'))),
            processElement(_word, context, out) {
              count.update((count.value() ?? 0) + 1);
              out.collect({ key: context.getCurrentKey(), value: String(count.value()) });
            },
          },
          { uid: 'count' },
        )
        .sinkTo(topics.sink('out'), { uid: 'out' });
      return env.getStreamGraph();
    };
    const first = await TopologyTestDriver.start(graph(), { topics, stateBackend });
    await first.pipe('in', { value: 'a' }, { value: 'a' });
    await first.advance(1_000);
    await first.pipe('in', { value: 'a' });
    await first.crash();
    const second = await TopologyTestDriver.start(graph(), { topics, stateBackend });
    await second.pipe('in', { value: 'a' });
    expect(topics.records('out').map(text)).toEqual(['1', '2', '3', '3', '4']);
    await expect(second.stop()).resolves.toEqual({ clean: true });
  });

  test('throws what the job fails with', async () => {
    const topics = new TestTopics();
    const env = new StreamExecutionEnvironment({ jobName: 'broken' });
    env.fromSource(topics.source('in'), { uid: 'in' }).map(() => {
      throw new Error('broken');
    });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await expect(driver.pipe('in', { value: 'a' })).rejects.toThrow('broken failed: map: broken');
  });
});
