import { describe, expect, test } from '@jest/globals';
import { MemoryStateBackend, StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import type {
  DataStream,
  KeyedProcessFunction,
  StateTtlConfig,
  StreamGraph,
  ValueState,
  ProducerRecord,
} from '@millrace/core';
import { TestTopics, TopologyTestDriver } from '@millrace/core/testing';

/** Counts the words it gets, by the word. */
function counting(name = 'count', ttl?: StateTtlConfig): KeyedProcessFunction<string, string, string> {
  let count: ValueState<number>;
  return {
    open: (context) => {
      count = context.getState(new ValueStateDescriptor(name, ttl === undefined ? {} : { ttl }));
    },
    processElement(word, _context, out) {
      count.update((count.value() ?? 0) + 1);
      out.collect(`${word} ${String(count.value())}`);
    },
  };
}

const record = (value: string): ProducerRecord => ({ key: null, value });
const count = (words: DataStream<string>, uid: string, fn = counting): DataStream<string> =>
  words.keyBy((word) => word).process(() => fn(), { uid });

/** One job whose graph is edited from run to run, on topics and state that stay. */
class EditedJob {
  readonly topics = new TestTopics();
  readonly stateBackend = new MemoryStateBackend();

  constructor() {
    this.topics.create('in', 1);
  }

  graph(build: (words: DataStream<string>) => DataStream<string>, source = 'in'): StreamGraph {
    const env = new StreamExecutionEnvironment({ jobName: 'edited' });
    const words = env
      .fromSource(this.topics.source('in'), { uid: source })
      .map(({ value }) => new TextDecoder().decode(value ?? undefined));
    build(words).map(record).sinkTo(this.topics.sink('out'), { uid: 'out' });
    return env.getStreamGraph();
  }

  /** What the graph gives for the words. */
  async run(graph: StreamGraph, words: readonly string[], allowNonRestoredState = false): Promise<readonly unknown[]> {
    const { topics, stateBackend } = this;
    const driver = await TopologyTestDriver.start(graph, { topics, stateBackend, allowNonRestoredState });
    driver.read('out');
    await driver.pipe('in', ...words.map((value) => ({ value })));
    const out = driver.read('out').map(({ value }) => value);
    await driver.stop();
    return out;
  }
}

describe('flink 2.4 a graph that is edited', () => {
  test('keeps the state of operators whose uids stay, in whatever order they stand and with whatever between', async () => {
    const job = new EditedJob();
    const before = job.graph((words) => count(words, 'one').union(count(words, 'two')));
    expect(await job.run(before, ['a'])).toEqual(['a 1', 'a 1']);
    const after = job.graph((words) => {
      const lower = words.map((word) => word.toLowerCase(), { uid: 'lower' });
      return count(lower, 'new').union(count(lower, 'two'), count(lower, 'one'));
    });
    expect(await job.run(after, ['A'])).toEqual(['a 1', 'a 2', 'a 2']);
  });

  test('fails the start where an operator with state is gone, unless that is allowed: then it begins anew', async () => {
    const job = new EditedJob();
    const old = job.graph((words) => count(words, 'one'));
    await job.run(old, ['a', 'a']);
    const renamed = job.graph((words) => count(words, 'renamed'));
    await expect(job.run(renamed, ['a'])).rejects.toMatchObject({ code: 'ERR_STATE_UNCLAIMED' });
    expect(await job.run(renamed, ['a'], true)).toContain('a 1');
    // What was dropped is gone for good.
    expect(
      await job.run(
        job.graph((words) => count(words, 'one').union(count(words, 'renamed'))),
        ['a'],
      ),
    ).toContain('a 1');
  });

  test('fails the start where a source has another uid, since its positions and state would be left behind', async () => {
    const job = new EditedJob();
    await job.run(
      job.graph((words) => count(words, 'one')),
      ['a', 'a'],
    );
    const renamed = job.graph((words) => count(words, 'one'), 'renamed');
    await expect(job.run(renamed, ['a'])).rejects.toMatchObject({
      code: 'ERR_STATE_UNCLAIMED',
      message: expect.stringContaining('the source in'),
    });
    expect(await job.run(renamed, ['b'], true)).toContain('b 1');
  });

  test('begins a state anew that has another name in its operator, and keeps the old one', async () => {
    const job = new EditedJob();
    await job.run(
      job.graph((words) => count(words, 'one')),
      ['a', 'a'],
    );
    const other = job.graph((words) => count(words, 'one', () => counting('other')));
    expect(await job.run(other, ['a'])).toEqual(['a 1']);
    expect(
      await job.run(
        job.graph((words) => count(words, 'one')),
        ['a'],
      ),
    ).toEqual(['a 3']);
  });

  test('fails the start with operator, state, stored and expected where a state does not fit', async () => {
    const job = new EditedJob();
    await job.run(
      job.graph((words) => count(words, 'one')),
      ['a'],
    );
    const timed = job.graph((words) => count(words, 'one', () => counting('count', { ttlMs: 1_000 })));
    await expect(job.run(timed, ['a'])).rejects.toMatchObject({
      code: 'ERR_STATE_MIGRATION',
      operator: 'one',
      state: 'count',
      stored: 'no time to live',
      expected: 'a time to live',
    });
    expect(
      await job.run(
        job.graph((words) => count(words, 'one')),
        ['a'],
      ),
    ).toContain('a 2');
  });
});
