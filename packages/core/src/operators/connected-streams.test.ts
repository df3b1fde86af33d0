import { describe, expect, test } from '@jest/globals';
import { ListStateDescriptor, OutputTag, ValueStateDescriptor } from '@millrace/core';
import type { KeyedCoProcessFunction, ListState, ValueState } from '@millrace/core';
import { ManualClock, TwoInputOperatorHarness } from '@millrace/core/testing';

describe('flink 1.2 connect: CoMap, CoFlatMap, CoProcess', () => {
  test('map gives one element for each of either stream, with its timestamp', async () => {
    const harness = await TwoInputOperatorHarness.forStreams<number, string, string>((numbers, words) =>
      numbers.connect(words).map({ map1: (n) => `number ${String(n)}`, map2: (word) => `word ${word}` }),
    );
    await harness.processElement1(1, 10);
    await harness.processElement2('a', 20);
    await harness.processElement1(2);
    expect(harness.records()).toEqual([
      { value: 'number 1', timestamp: 10 },
      { value: 'word a', timestamp: 20 },
      { value: 'number 2', timestamp: undefined },
    ]);
  });

  test('flatMap gives any number, in the order of collecting', async () => {
    const harness = await TwoInputOperatorHarness.forStreams<number, string, string>((numbers, words) =>
      numbers.connect(words).flatMap(() => ({
        flatMap1(n, out) {
          for (let copy = 0; copy < n; copy += 1) out.collect(`copy ${String(copy)}`);
        },
        flatMap2(word, out) {
          for (const letter of word) out.collect(letter);
        },
      })),
    );
    await harness.processElement1(2, 5);
    await harness.processElement2('', 6);
    await harness.processElement2('ab', 7);
    expect(harness.records().map(({ value, timestamp }) => `${value}@${String(timestamp)}`)).toEqual([
      'copy 0@5',
      'copy 1@5',
      'a@7',
      'b@7',
    ]);
  });

  test('process has a context: timestamps, side outputs, time; no timers, as there is no key', async () => {
    const tag = new OutputTag<string>('side');
    const harness = await TwoInputOperatorHarness.forStreams<number, string, string>((numbers, words) =>
      numbers.connect(words).process<string>({
        processElement1: (n, context, out) => {
          context.output(tag, `side ${String(n)}`);
          out.collect(`${String(n)} at watermark ${String(context.timerService().currentWatermark())}`);
        },
        processElement2: (_word, context) => {
          context.timerService().registerEventTimeTimer(1);
        },
      }),
    );
    await harness.processWatermark(3);
    await harness.processElement1(1, 4);
    expect([harness.output(), harness.sideOutput(tag)]).toEqual([['1 at watermark 3'], ['side 1']]);
    await harness.processElement2('a');
    expect(harness.failures).toMatchObject([{ cause: { code: 'ERR_TIMERS_NOT_KEYED' } }]);
  });

  test('the function is opened and closed once, whichever streams are read', async () => {
    const calls: string[] = [];
    const harness = await TwoInputOperatorHarness.forStreams<number, string, string>((numbers, words) =>
      numbers.connect(words).map(
        {
          open: (context) => void calls.push(`open ${context.operator}`),
          map1: String,
          map2: String,
          close: () => void calls.push('close'),
        },
        { uid: 'both' },
      ),
    );
    await harness.close();
    expect(calls).toEqual(['open both', 'close']);
  });

  test('the watermark is the minimum of both; an idle stream does not count', async () => {
    const harness = await TwoInputOperatorHarness.forStreams<number, string, string>((numbers, words) =>
      numbers.connect(words).map({ map1: String, map2: String }),
    );
    await harness.processWatermark1(10);
    expect(harness.watermarks()).toEqual([]);
    await harness.processWatermark2(5);
    await harness.processWatermark2(20);
    expect(harness.watermarks()).toEqual([5, 10]);
  });

  test('what a function throws is judged by the policy, for either stream', async () => {
    const tag = new OutputTag<string>('failed');
    const broken = (): never => {
      throw new Error('broken');
    };
    const harness = await TwoInputOperatorHarness.forStreams<number, string, string>((numbers, words) =>
      numbers
        .connect(words)
        .map<string>(
          { map1: broken, map2: broken },
          { errors: { onEventError: { tag, make: (value) => [String(value)] } } },
        ),
    );
    await harness.processElement1(1);
    await harness.processElement2('a');
    expect([harness.output(), harness.sideOutput(tag), harness.failures]).toEqual([[], ['1', 'a'], []]);
  });

  test('a function may not answer later', async () => {
    const harness = await TwoInputOperatorHarness.forStreams<number, string, unknown>((numbers, words) =>
      numbers.connect(words).map<unknown>({ map1: () => Promise.resolve(1), map2: String }),
    );
    await harness.processElement1(1);
    expect((harness.failures[0] as Error).message).toContain('map1 returned a promise');
  });
});

/** Pairs an element of either stream with those of the other that wait; what waits for 10 ms is given up. */
function pairing(): KeyedCoProcessFunction<string, string, string, string> {
  let firsts: ListState<string>;
  let seconds: ListState<string>;
  let deadline: ValueState<number>;
  return {
    open(context) {
      firsts = context.getListState(new ListStateDescriptor<string>('firsts'));
      seconds = context.getListState(new ListStateDescriptor<string>('seconds'));
      deadline = context.getState(new ValueStateDescriptor<number>('deadline'));
    },
    processElement1(first, context, out) {
      for (const second of seconds.get()) out.collect(`${first}+${second}`);
      firsts.add(first);
      wait(context.timestamp() ?? 0, context.timerService());
    },
    processElement2(second, context, out) {
      for (const first of firsts.get()) out.collect(`${first}+${second}`);
      seconds.add(second);
      wait(context.timestamp() ?? 0, context.timerService());
    },
    onTimer(_timestamp, context, out) {
      out.collect(`${context.getCurrentKey()} over`);
      for (const state of [firsts, seconds, deadline]) state.clear();
    },
  };
  function wait(
    now: number,
    timers: { registerEventTimeTimer(time: number): void; deleteEventTimeTimer(time: number): void },
  ): void {
    timers.deleteEventTimeTimer(deadline.value() ?? -1);
    timers.registerEventTimeTimer(now + 10);
    deadline.update(now + 10);
  }
}

const paired = (restore?: object): Promise<TwoInputOperatorHarness<string, string, string>> =>
  TwoInputOperatorHarness.forStreams<string, string, string>((firsts, seconds) => {
    const key = (text: string): string => text.charAt(0);
    return firsts.connect(seconds).keyBy(key, key).process(pairing, { uid: 'pair' });
  }, restore);

describe('flink 1.2 connect: KeyedCoProcess', () => {
  test('elements of both streams with one key share state and timers', async () => {
    const harness = await paired();
    await harness.processElement1('a1', 1);
    await harness.processElement2('b1', 2);
    await harness.processElement2('a2', 3);
    await harness.processElement1('b2', 4);
    expect(harness.output()).toEqual(['a1+a2', 'b2+b1']);
    expect(harness.numEventTimeTimers()).toBe(2);
    await harness.processWatermark(13);
    expect(harness.output().slice(2)).toEqual(['a over']);
    await harness.processWatermark(14);
    expect(harness.output().slice(3)).toEqual(['b over']);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('timers fire at the minimum of both watermarks', async () => {
    const harness = await paired();
    await harness.processElement1('a1', 1);
    await harness.processWatermark1(100);
    expect(harness.output()).toEqual([]);
    await harness.processWatermark2(11);
    expect(harness.output()).toEqual(['a over']);
  });

  test('state and timers are back after a restore', async () => {
    const before = await paired();
    await before.processElement1('a1', 1);
    const after = await paired({ restore: await before.snapshot(), clock: new ManualClock() });
    await after.processElement2('a2', 2);
    await after.processWatermark(50);
    expect(after.output()).toEqual(['a1+a2', 'a over']);
  });

  test('two keyed streams connect as they are', async () => {
    const harness = await TwoInputOperatorHarness.forStreams<string, number, string>((words, numbers) =>
      words
        .keyBy((word) => word.length)
        .connect(numbers.keyBy((n) => n))
        .process<string>(
          {
            processElement1: (word, context, out) => out.collect(`${word} ${String(context.getCurrentKey())}`),
            processElement2: (n, context, out) => out.collect(`${String(n)} ${String(context.getCurrentKey())}`),
          },
          { uid: 'both' },
        ),
    );
    await harness.processElement1('four');
    await harness.processElement2(4);
    expect(harness.output()).toEqual(['four 4', '4 4']);
  });
});
