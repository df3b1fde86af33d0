import { describe, expect, test } from '@jest/globals';
import {
  ContinuousEventTimeTrigger,
  EventTimeSessionWindows,
  OutputTag,
  SlidingEventTimeWindows,
  TimeEvictor,
  TumblingEventTimeWindows,
} from '@millrace/core';
import type { TaggedUnion, TimeWindow, WindowAssigner } from '@millrace/core';
import { TwoInputOperatorHarness } from '@millrace/core/testing';

type Left = readonly [key: string, n: number];
interface Right {
  readonly id: string;
  readonly text: string;
}
type Harness = TwoInputOperatorHarness<Left, Right, string>;

function join(assigner: WindowAssigner<TaggedUnion<Left, Right>, TimeWindow>, lateness = 0): Promise<Harness> {
  return TwoInputOperatorHarness.forStreams<Left, Right, string>((left, right) =>
    left
      .join(right)
      .where(([key]) => key)
      .equalTo(({ id }) => id)
      .window(assigner)
      .allowedLateness(lateness)
      .apply(([, n], { text }) => `${String(n)}${text}`, { uid: 'join' }),
  );
}

function coGroup(assigner: WindowAssigner<TaggedUnion<Left, Right>, TimeWindow>): Promise<Harness> {
  return TwoInputOperatorHarness.forStreams<Left, Right, string>((left, right) =>
    left
      .coGroup(right)
      .where(([key]) => key)
      .equalTo(({ id }) => id)
      .window(assigner)
      .apply(
        (lefts, rights, out) => {
          out.collect(`${[...lefts].map(([, n]) => n).join()}|${[...rights].map(({ text }) => text).join()}`);
        },
        { uid: 'coGroup' },
      ),
  );
}

describe('flink 1.2 window join', () => {
  test('pairwise combinations per key and window, inner, timestamp of the last moment of the window', async () => {
    const harness = await join(TumblingEventTimeWindows.of(10));
    await harness.processElement1(['a', 1], 1);
    await harness.processElement1(['a', 2], 9);
    await harness.processElement1(['b', 3], 3);
    await harness.processElement2({ id: 'a', text: 'x' }, 5);
    await harness.processElement2({ id: 'a', text: 'y' }, 0);
    await harness.processElement2({ id: 'c', text: 'z' }, 5);
    await harness.processElement2({ id: 'b', text: 'w' }, 10);
    await harness.processWatermark(9);
    expect(harness.records()).toEqual(['1x', '1y', '2x', '2y'].map((value) => ({ value, timestamp: 9 })));
    await harness.processWatermark(19);
    expect(harness.output()).toHaveLength(4);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('the watermark is the lower of the two streams', async () => {
    const harness = await join(TumblingEventTimeWindows.of(10));
    await harness.processElement1(['a', 1], 1);
    await harness.processElement2({ id: 'a', text: 'x' }, 5);
    await harness.processWatermark1(50);
    expect(harness.output()).toEqual([]);
    await harness.processWatermark2(9);
    expect(harness.output()).toEqual(['1x']);
    expect(harness.watermarks()).toEqual([9]);
  });

  test('sliding and session windows', async () => {
    const sliding = await join(SlidingEventTimeWindows.of(10, 5));
    await sliding.processElement1(['a', 1], 7);
    await sliding.processElement2({ id: 'a', text: 'x' }, 3);
    await sliding.processElement2({ id: 'a', text: 'y' }, 12);
    await sliding.processWatermark(99);
    expect(sliding.records()).toEqual([
      { value: '1x', timestamp: 9 },
      { value: '1y', timestamp: 14 },
    ]);

    const sessions = await join(EventTimeSessionWindows.withGap(5));
    await sessions.processElement1(['a', 1], 0);
    await sessions.processElement1(['a', 2], 8);
    await sessions.processElement2({ id: 'a', text: 'x' }, 4);
    await sessions.processElement2({ id: 'a', text: 'y' }, 30);
    await sessions.processWatermark(99);
    expect(sessions.records()).toEqual([
      { value: '1x', timestamp: 12 },
      { value: '2x', timestamp: 12 },
    ]);
  });

  test('late elements fire again within the lateness, and are counted behind it', async () => {
    const harness = await join(TumblingEventTimeWindows.of(10), 5);
    await harness.processElement1(['a', 1], 1);
    await harness.processWatermark(12);
    await harness.processElement2({ id: 'a', text: 'x' }, 5);
    expect(harness.output()).toEqual(['1x']);
    await harness.processWatermark(14);
    await harness.processElement2({ id: 'a', text: 'y' }, 5);
    expect(harness.output()).toEqual(['1x']);
    expect(harness.metrics.total('numLateRecordsDropped')).toBe(1);
  });

  test('a trigger and an evictor see elements of both streams', async () => {
    const harness = await TwoInputOperatorHarness.forStreams<Left, Right, string>((left, right) =>
      left
        .join(right)
        .where(([key]) => key)
        .equalTo(({ id }) => id)
        .window(TumblingEventTimeWindows.of(100))
        .trigger(ContinuousEventTimeTrigger.of(10))
        .evictor(TimeEvictor.of(20))
        .apply(([, n], { text }) => `${String(n)}${text}`, { uid: 'join' }),
    );
    await harness.processElement1(['a', 1], 1);
    await harness.processElement2({ id: 'a', text: 'x' }, 5);
    await harness.processWatermark(10);
    expect(harness.output()).toEqual(['1x']);
    await harness.processElement1(['a', 2], 24);
    await harness.processWatermark(99);
    expect(harness.output().slice(1, 2)).toEqual(['2x']);
    expect(harness.output()).not.toContain('2y');
  });

  test('state is restored with the position', async () => {
    const first = await join(TumblingEventTimeWindows.of(10));
    await first.processElement1(['a', 1], 1);
    const restore = await first.snapshot();
    const second = await TwoInputOperatorHarness.forStreams<Left, Right, string>(
      (left, right) =>
        left
          .join(right)
          .where(([key]) => key)
          .equalTo(({ id }) => id)
          .window(TumblingEventTimeWindows.of(10))
          .apply(([, n], { text }) => `${String(n)}${text}`, { uid: 'join' }),
      { restore },
    );
    await second.processElement2({ id: 'a', text: 'x' }, 5);
    await second.processWatermark(9);
    expect(second.output()).toEqual(['1x']);
  });

  test('an element whose key selector fails, fails the attempt; dead letters are made of the element itself', async () => {
    const dead = new OutputTag<string>('dead');
    const harness = await TwoInputOperatorHarness.forStreams<Left, Right, string>((left, right) =>
      left
        .join(right)
        .where(([key]) => key)
        .equalTo(({ id }) => id)
        .window(TumblingEventTimeWindows.of(10))
        .apply(([, n], { text }) => `${String(n)}${text}`, {
          uid: 'join',
          errors: { onEventError: { tag: dead, make: (element) => [JSON.stringify(element)] } },
        }),
    );
    await harness.processElement1(['a', 1]); // no timestamp
    expect(harness.sideOutput(dead)).toEqual(['["a",1]']);
    await harness.processElement2({ id: undefined as unknown as string, text: 'x' }, 1);
    expect(harness.failures).toHaveLength(1);
  });
});

describe('flink 1.2 coGroup', () => {
  test('both sides of a key and window, also where one is empty', async () => {
    const harness = await coGroup(TumblingEventTimeWindows.of(10));
    await harness.processElement1(['a', 1], 1);
    await harness.processElement1(['a', 2], 2);
    await harness.processElement2({ id: 'a', text: 'x' }, 5);
    await harness.processElement1(['b', 3], 3);
    await harness.processElement2({ id: 'c', text: 'y' }, 5);
    await harness.processWatermark(9);
    expect(harness.records().map(({ timestamp }) => timestamp)).toEqual([9, 9, 9]);
    expect([...harness.output()].sort()).toEqual(['1,2|x', '3|', '|y']);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('an async function is refused', async () => {
    const harness = await TwoInputOperatorHarness.forStreams<Left, Right, string>((left, right) =>
      left
        .coGroup(right)
        .where(([key]) => key)
        .equalTo(({ id }) => id)
        .window(TumblingEventTimeWindows.of(10))
        .apply((async () => Promise.resolve()) as () => void, { uid: 'coGroup' }),
    );
    await harness.processElement1(['a', 1], 1);
    await harness.processWatermark(9);
    expect(String(harness.failures[0])).toContain('returned a promise');
  });
});

test('describe shows one operator with both streams', async () => {
  let text = '';
  await TwoInputOperatorHarness.forStreams<Left, Right, string>((left, right) => {
    const joined = left
      .join(right)
      .where(([key]) => key)
      .equalTo(({ id }) => id)
      .window(TumblingEventTimeWindows.of(10))
      .allowedLateness(5)
      .apply(() => '', { uid: 'join' });
    text = joined.env.getStreamGraph().describe();
    return joined;
  });
  expect(text).toContain('3  join [join]  (TumblingEventTimeWindows(10 ms), lateness 5 ms)  <- 1, 2');
});

test('a join by another key than its streams are partitioned by is an error of the graph, unless told otherwise', async () => {
  const build = (preservesPartitioning: boolean): Promise<unknown> =>
    TwoInputOperatorHarness.forStreams<Left, Right, string>((left, right) => {
      const joined = left
        .keyBy(([key]) => key)
        .reduce((_, last) => last, { uid: 'latest' })
        .join(right)
        .where(([, n]) => n, { preservesPartitioning })
        .equalTo(({ text }) => text.length)
        .window(TumblingEventTimeWindows.of(10))
        .apply(() => '', { uid: 'join' });
      joined.env.getStreamGraph();
      return joined;
    });
  await expect(build(false)).rejects.toThrow('join keeps state by another key than latest before it');
  await expect(build(true)).resolves.toBeDefined();
});
