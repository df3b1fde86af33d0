import { describe, expect, test } from '@jest/globals';
import {
  MapStateDescriptor,
  MemoryStateBackend,
  OutputTag,
  StreamExecutionEnvironment,
  ValueStateDescriptor,
  WatermarkStrategy,
} from '@millrace/core';
import type { ConsumerRecord, DataStream, KeyedCoProcessFunction, StreamGraph, ValueState } from '@millrace/core';
import { restartAnywhere, TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import type { InputRecord } from '@millrace/core/testing';

/** Whole jobs of two topics: partition n of both is one task, event time is the minimum of both. */
interface Event {
  readonly key: string;
  readonly text: string;
}

const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array | null): string => decoder.decode(bytes ?? undefined);
const keyOf = (event: Event): string => event.key;
const result = (value: string): { key: null; value: string } => ({ key: null, value });

function eventsOf(env: StreamExecutionEnvironment, topics: TestTopics, topic: string): DataStream<Event> {
  const watermarks = WatermarkStrategy.forMonotonousTimestamps<ConsumerRecord>();
  return env
    .fromSource(topics.source(topic), { uid: topic, watermarks })
    .map(({ key, value }) => ({ key: textOf(key), text: textOf(value) }));
}

/** Pairs within 5 ms, by an interval join. */
function joining(topics: TestTopics): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'join' });
  eventsOf(env, topics, 'left')
    .keyBy(keyOf)
    .intervalJoin(eventsOf(env, topics, 'right').keyBy(keyOf))
    .between(-5, 5)
    .process<string>(
      { processElement: (left, right, _context, out) => out.collect(`${left.text}+${right.text}`) },
      { uid: 'join' },
    )
    .map(result)
    .sinkTo(topics.sink('out'), { uid: 'out' });
  return env.getStreamGraph();
}

const side = new OutputTag<string>('side');

/** Counts the elements of both streams by key, and tells the count 10 ms of event time after each. */
function counting(): KeyedCoProcessFunction<string, Event, Event, string> {
  let count: ValueState<number>;
  return {
    open: (context) => void (count = context.getState(new ValueStateDescriptor<number>('count'))),
    processElement1(_event, context) {
      count.update((count.value() ?? 0) + 1);
      context.timerService().registerEventTimeTimer((context.timestamp() ?? 0) + 10);
    },
    processElement2(_event, context) {
      count.update((count.value() ?? 0) + 1);
      context.timerService().registerEventTimeTimer((context.timestamp() ?? 0) + 10);
    },
    onTimer(timestamp, context, out) {
      out.collect(`${context.getCurrentKey()}@${String(timestamp)}`);
      context.output(side, `${context.getCurrentKey()} side@${String(timestamp)}`);
    },
  };
}

function reminding(topics: TestTopics): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'remind' });
  const main = eventsOf(env, topics, 'left')
    .connect(eventsOf(env, topics, 'right'))
    .keyBy(keyOf, keyOf)
    .process(counting, { uid: 'count', sideOutputs: [side] });
  main.map(result).sinkTo(topics.sink('out'), { uid: 'out' });
  main.getSideOutput(side).map(result).sinkTo(topics.sink('side'), { uid: 'side out' });
  return env.getStreamGraph();
}

/**
 * How far event time is, is no part of a checkpoint, as in Flink: after a restart a topic has to say it again. So at the
 * end each topic tells twice that nothing of what matters comes any more.
 */
const ends: InputRecord[] = [100, 101].flatMap((timestamp) =>
  ['right', 'left'].flatMap((topic) => ['a', 'b'].map((key) => ({ topic, key, value: 'end', timestamp }))),
);

const records: InputRecord[] = [
  { topic: 'left', key: 'a', value: 'l1', timestamp: 1 },
  { topic: 'right', key: 'a', value: 'r2', timestamp: 2 },
  { topic: 'right', key: 'b', value: 'r4', timestamp: 4 },
  { topic: 'left', key: 'b', value: 'l9', timestamp: 9 },
  { topic: 'left', key: 'a', value: 'l14', timestamp: 14 },
  { topic: 'right', key: 'a', value: 'r19', timestamp: 19 },
  { topic: 'right', key: 'b', value: 'r20', timestamp: 20 },
  { topic: 'left', key: 'b', value: 'l30', timestamp: 30 },
  ...ends,
];

describe('flink 1.2-1.3: jobs of two topics', () => {
  test('an interval join finds the pairs of both topics, and passes a crash behind every element', async () => {
    const topics = new TestTopics();
    const driver = await TopologyTestDriver.start(joining(topics), { topics, stateBackend: new MemoryStateBackend() });
    for (const { topic, ...record } of records) await driver.pipe(topic, record);
    const pairs = driver.read('out').map(({ value }) => value);
    expect(pairs.filter((pair) => pair !== 'end+end')).toEqual(['l1+r2', 'l9+r4', 'l14+r19']);
    await driver.stop();
    const { runs } = await restartAnywhere({ topology: joining, records, outputs: ['out'] });
    expect(runs).toBeGreaterThan(records.length);
  });

  test('also with several partitions, each a task of its own', async () => {
    const createTopics = (topics: TestTopics): void => {
      for (const topic of ['left', 'right']) topics.create(topic, 2);
    };
    await expect(
      restartAnywhere({ topology: joining, records, outputs: ['out'], createTopics }),
    ).resolves.toBeDefined();
  });

  test('timers of a function of both topics, its side output and its state pass a crash behind every element', async () => {
    const { runs } = await restartAnywhere({ topology: reminding, records, outputs: ['out', 'side'] });
    expect(runs).toBeGreaterThan(records.length);
  });

  test('event time waits for the slower topic', async () => {
    const topics = new TestTopics();
    const driver = await TopologyTestDriver.start(reminding(topics), {
      topics,
      stateBackend: new MemoryStateBackend(),
    });
    await driver.pipe('left', { key: 'a', value: 'l', timestamp: 1 }, { key: 'a', value: 'l', timestamp: 50 });
    await driver.advance(1_000);
    expect(driver.read('out')).toEqual([]);
    await driver.pipe('right', { key: 'b', value: 'r', timestamp: 30 });
    await driver.advance(1_000);
    expect(driver.read('out').map(({ value }) => value)).toEqual(['a@11']);
    await driver.stop();
  });
});

/** Words whose length is over the limit that the rules topic gives last. */
function limiting(topics: TestTopics): StreamGraph {
  const limits = new MapStateDescriptor<string, number>('limits');
  const env = new StreamExecutionEnvironment({ jobName: 'limit' });
  eventsOf(env, topics, 'words')
    .connect(eventsOf(env, topics, 'rules').broadcast(limits))
    .process<string>(
      {
        processElement({ text }, context, out) {
          if (text.length > (context.getBroadcastState(limits).get('length') ?? Infinity)) out.collect(text);
        },
        processBroadcastElement({ text }, context) {
          context.getBroadcastState(limits).put('length', Number(text));
        },
      },
      { uid: 'limit' },
    )
    .map(result)
    .sinkTo(topics.sink('out'), { uid: 'out' });
  return env.getStreamGraph();
}

describe('flink 1.4: a job with broadcast state', () => {
  test('elements meet the rules that came before them; after a restart of the job too', async () => {
    const topics = new TestTopics();
    const stateBackend = new MemoryStateBackend();
    const first = await TopologyTestDriver.start(limiting(topics), { topics, stateBackend });
    await first.pipe('words', { key: 'k', value: 'before the rule' });
    await first.pipe('rules', { key: 'k', value: '4' });
    await first.pipe('words', { key: 'k', value: 'four' }, { key: 'k', value: 'fiver' });
    expect(first.read('out').map(({ value }) => value)).toEqual(['fiver']);
    await first.advance(1_000);
    await first.stop();

    const second = await TopologyTestDriver.start(limiting(topics), { topics, stateBackend });
    second.read('out');
    await second.pipe('words', { key: 'k', value: 'four' }, { key: 'k', value: 'seventh' });
    expect(second.read('out').map(({ value }) => value)).toEqual(['seventh']);
    await second.stop();
  });

  test('every task has its own copy: with several partitions a rule is written to each of them', async () => {
    const topics = new TestTopics();
    for (const topic of ['words', 'rules']) topics.create(topic, 2);
    const driver = await TopologyTestDriver.start(limiting(topics), { topics, stateBackend: new MemoryStateBackend() });
    await driver.pipe('rules', { value: '4', partition: 0 }, { value: '2', partition: 1 });
    await driver.pipe('words', { value: 'two', partition: 0 }, { value: 'two', partition: 1 });
    expect(driver.read('out').map(({ value }) => value)).toEqual(['two']);
    await driver.stop();
  });
});
