import { describe, expect, test } from '@jest/globals';
import { OutputTag, StreamExecutionEnvironment } from '@millrace/core';
import type { Collector, ConsumerRecord, DataStream, ProcessContext, ProducerRecord } from '@millrace/core';
import { TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource, quiet } from '../test-support/fake-source.js';
import { startJob } from '../test-support/start-job.js';

const text = (record: ConsumerRecord): string => new TextDecoder().decode(record.value ?? undefined);
const out = (value: string): ProducerRecord => ({ key: null, value });
const side = new OutputTag<string>('side');

/** Emits each element to the main output and to `side`. */
const both = {
  processElement(value: string, context: ProcessContext, collector: Collector<string>): void {
    context.output(side, `side ${value}`);
    collector.collect(`main ${value}`);
  },
};

async function run(
  build: (words: DataStream<string>, topics: TestTopics) => void,
): Promise<{ topics: TestTopics; driver: TopologyTestDriver }> {
  const topics = new TestTopics();
  const env = new StreamExecutionEnvironment({ jobName: 'chain' });
  build(env.fromSource(topics.source('in'), { uid: 'in' }).map(text, { uid: 'text' }), topics);
  return { topics, driver: await TopologyTestDriver.start(env.getStreamGraph(), { topics }) };
}

describe('an output', () => {
  test('that several read goes to each, in the order of building', async () => {
    const { driver } = await run((words, topics) => {
      words.map((w) => out(`1${w}`), { uid: 'one' }).sinkTo(topics.sink('out'), { uid: 'out-1' });
      words.map((w) => out(`2${w}`), { uid: 'two' }).sinkTo(topics.sink('out'), { uid: 'out-2' });
    });
    await driver.pipe('in', { value: 'a' }, { value: 'b' });
    expect(driver.read('out').map(({ value }) => value)).toEqual(['1a', '2a', '1b', '2b']);
    await driver.stop();
  });

  test('that is united with itself comes twice, as in Flink', async () => {
    const { driver } = await run((words, topics) => {
      words.union(words).map(out, { uid: 'encode' }).sinkTo(topics.sink('out'), { uid: 'out' });
    });
    await driver.pipe('in', { value: 'a' });
    expect(driver.read('out').map(({ value }) => value)).toEqual(['a', 'a']);
    await driver.stop();
  });

  test('that nobody reads is dropped, and its records are settled', async () => {
    const { driver, topics } = await run((words) => {
      words.process(both, { uid: 'both' });
    });
    await driver.pipe('in', { value: 'a' });
    await driver.advance(1_000);
    expect(topics.committed('in')).toEqual([1]);
    await driver.stop();
  });

  test('of two sources meets in a union, each in its own order', async () => {
    const topics = new TestTopics();
    const env = new StreamExecutionEnvironment({ jobName: 'two' });
    const one = env.fromSource(topics.source('one'), { uid: 'one' });
    const two = env.fromSource(topics.source('two'), { uid: 'two' });
    one
      .union(two)
      .map((record) => out(text(record)), { uid: 'encode' })
      .sinkTo(topics.sink('out'), { uid: 'out' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await driver.pipe('one', { value: 'a' }, { value: 'b' });
    await driver.pipe('two', { value: 'c' });
    expect(driver.read('out').map(({ value }) => value)).toEqual(['a', 'b', 'c']);
    await driver.advance(1_000);
    expect([topics.committed('one'), topics.committed('two')]).toEqual([[2], [1]]);
    await driver.stop();
  });
});

describe('side outputs', () => {
  test('are delivered after the call they were emitted in, in the order of emitting', async () => {
    const log: string[] = [];
    const note = (value: string): boolean => {
      log.push(value);
      return true;
    };
    const { driver } = await run((words) => {
      const first = words.process(both, { uid: 'first' });
      const second = first.process(both, { uid: 'second' });
      second.filter(note, { uid: 'main' });
      second.getSideOutput(side).filter(note, { uid: 'side-of-second' });
      first.getSideOutput(side).filter(note, { uid: 'side-of-first' });
    });
    await driver.pipe('in', { value: 'a' });
    expect(log).toEqual(['main main a', 'side a', 'side main a']);
    await driver.stop();
  });

  test('hold the position of their record until they are acknowledged', async () => {
    const topics = new TestTopics();
    const letters = topics.stall('letters');
    const env = new StreamExecutionEnvironment({ jobName: 'scopes' });
    const split = env
      .fromSource(topics.source('in'), { uid: 'in' })
      .map(text, { uid: 'text' })
      .process(both, { uid: 'both' });
    split.map(out, { uid: 'encode' }).sinkTo(topics.sink('out'), { uid: 'out' });
    split.getSideOutput(side).map(out, { uid: 'letter' }).sinkTo(topics.sink('letters'), { uid: 'letters' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await driver.pipe('in', { value: 'a' });
    await driver.advance(1_000);
    expect(driver.read('out')).toHaveLength(1);
    expect(topics.committed('in')).toEqual([0]);
    letters();
    await driver.advance(1_000);
    expect(topics.committed('in')).toEqual([1]);
    await driver.stop();
  });

  test('read by several, and united with a main output, come to each', async () => {
    const { driver } = await run((words, topics) => {
      const split = words.process(both, { uid: 'both' });
      split.union(split.getSideOutput(side)).map(out, { uid: 'all' }).sinkTo(topics.sink('all'), { uid: 'all-out' });
      split.getSideOutput(side).map(out, { uid: 'again' }).sinkTo(topics.sink('again'), { uid: 'again-out' });
    });
    await driver.pipe('in', { value: 'a' });
    expect(driver.read('all').map(({ value }) => value)).toEqual(['main a', 'side a']);
    expect(driver.read('again').map(({ value }) => value)).toEqual(['side a']);
    await driver.stop();
  });
});

describe('re-entrancy', () => {
  test('a sink that acknowledges others while it takes an element does not enter an operator inside itself', async () => {
    const sink = new FakeSink<string>();
    sink.isStalled = true;
    // Every second write acknowledges what was written before it, from inside the call.
    sink.onWrite = (element) => {
      if (element.startsWith('b')) sink.acknowledge();
    };
    const source = new FakeSource<string>();
    const env = new StreamExecutionEnvironment({ jobName: 'nested' });
    const words = env.fromSource(source.source, { uid: 'in' });
    words
      .filter((word) => word.startsWith('a'), { uid: 'a' })
      .keyBy((word) => word[0] ?? '')
      .admit({ uid: 'admit' })
      .union(words.filter((word) => word.startsWith('b'), { uid: 'b' }))
      .process<string>(
        {
          processElement(word, context, collector) {
            collector.collect(word);
            // Throws where another element was processed inside `collect`.
            context.output(side, word);
          },
        },
        { uid: 'process' },
      )
      .sinkTo(sink.sink, { uid: 'out' });
    const job = await startJob(env.getStreamGraph());
    const [lease] = await source.assign('in-0');
    void source.push(lease!, 0, 'a1', 'a2', 'b1');
    await quiet();
    expect(job.runner.status().lastError).toBeUndefined();
    expect(sink.written).toEqual(['a1', 'b1', 'a2']);
    sink.isStalled = false;
    sink.acknowledge();
    await job.runner.stop();
    expect(source.commits.at(-1)).toEqual(['in-0', 3]);
  });

  test('a sink whose write throws fails the attempt instead of the process', async () => {
    const sink = new FakeSink<string>();
    sink.onWrite = () => {
      throw new Error('write threw');
    };
    const source = new FakeSource<string>();
    const env = new StreamExecutionEnvironment({ jobName: 'throwing' });
    env.fromSource(source.source, { uid: 'in' }).sinkTo(sink.sink, { uid: 'out' });
    const job = await startJob(env.getStreamGraph());
    const [lease] = await source.assign('in-0');
    void source.push(lease!, 0, 'a');
    await quiet();
    await expect(job.ended).resolves.toMatchObject({ error: { code: 'ERR_JOB_FAILED' } });
    expect(source.commits).toEqual([]);
  });
});
