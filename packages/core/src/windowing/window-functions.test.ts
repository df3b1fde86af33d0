import { describe, expect, test } from '@jest/globals';
import {
  EventTimeSessionWindows,
  ListStateDescriptor,
  MapStateDescriptor,
  OutputTag,
  ReducingStateDescriptor,
  TumblingEventTimeWindows,
  ValueStateDescriptor,
} from '@millrace/core';
import type { MergeCallback, ProcessWindowFunction, TimeWindow, Trigger } from '@millrace/core';
import {
  AggregatingStateDescriptor,
  EventTimeTrigger,
  MergingWindowAssigner,
  TimeWindow as Times,
} from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

type Fn<OUT> = ProcessWindowFunction<string, number, OUT, TimeWindow>;
const MINUTE = TumblingEventTimeWindows.of(60);

function windows<OUT>(fn: Fn<OUT> | (() => Fn<OUT>), lateness = 0): Promise<OperatorHarness<number, OUT>> {
  return OperatorHarness.forStream<number, OUT>((numbers) =>
    numbers
      .keyBy((n) => (n % 2 === 0 ? 'even' : 'odd'))
      .window(MINUTE)
      .allowedLateness(lateness)
      .process(fn, { uid: 'windows' }),
  );
}

describe('flink 1.5 windows: functions', () => {
  test('a ProcessWindowFunction sees key, window, watermark, clock and all elements, and may emit to side outputs', async () => {
    const odd = new OutputTag<string>('odd');
    const harness = await windows<string>({
      process(key, context, elements, out) {
        const all = [...elements].join();
        if (key === 'odd') context.output(odd, all);
        else {
          const { start, end } = context.window();
          out.collect([key, start, end, context.currentWatermark(), context.currentProcessingTime(), all].join(' '));
        }
      },
    });
    await harness.advance(7);
    for (const n of [1, 2, 3, 4]) await harness.processElement(n, n);
    await harness.processWatermark(61);
    expect(harness.records()).toEqual([{ value: 'even 0 60 61 7 2,4', timestamp: 59 }]);
    expect(harness.sideOutput(odd)).toEqual(['1,3']);
  });

  test('reduce and aggregate keep one value for a window; the function behind them is given one element', async () => {
    const harness = await OperatorHarness.forStream<number, unknown>((numbers) =>
      numbers
        .keyBy(() => 'all')
        .window(MINUTE)
        .reduce(
          (a, b) => Math.max(a, b),
          { process: (_key, _context, maxima, out) => out.collect([...maxima]) },
          { uid: 'w' },
        ),
    );
    for (const n of [3, 9, 5]) await harness.processElement(n, n);
    expect((await harness.snapshot()).size).toBe(2); // the value, and the timer
    await harness.processWatermark(59);
    expect(harness.output()).toEqual([[9]]);
  });

  test('windowState is of key and window, globalState of the key; clear is called when the window goes', async () => {
    const firings = new ValueStateDescriptor<number>('firings');
    const total = new ReducingStateDescriptor<number>('total', (a, b) => a + b);
    const calls: string[] = [];
    const fn: Fn<string> = {
      windowStates: [firings],
      globalStates: [total],
      process(key, context, elements, out) {
        const inWindow = context.windowState().getState(firings);
        inWindow.update((inWindow.value() ?? 0) + 1);
        const inKey = context.globalState().getReducingState(total);
        inKey.add([...elements].length);
        out.collect(
          `${key} ${String(context.window().start)}: firing ${String(inWindow.value())}, ${String(inKey.get())}`,
        );
      },
      clear(context) {
        calls.push(`clear ${context.window().namespace} at ${String(context.currentWatermark())}`);
        context.windowState().getState(firings).clear();
      },
    };
    const harness = await windows(fn, 30);
    await harness.processElement(1, 5);
    await harness.processElement(2, 5);
    await harness.processWatermark(59);
    await harness.processElement(3, 6);
    await harness.processElement(5, 65);
    await harness.processWatermark(119);
    expect(harness.output()).toEqual([
      'odd 0: firing 1, 1',
      'even 0: firing 1, 1',
      'odd 0: firing 2, 3',
      'odd 60: firing 1, 4',
    ]);
    expect(calls).toEqual(['clear 0..60 at 119', 'clear 0..60 at 119']);
    await harness.endInput();
    // What is left is globalState, for each key.
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([2, 0]);
  });

  test('every kind of state can be window state', async () => {
    const list = new ListStateDescriptor<number>('list');
    const map = new MapStateDescriptor<string, number>('map');
    const average = new AggregatingStateDescriptor<number, { sum: number; count: number }, number>('average', {
      createAccumulator: () => ({ sum: 0, count: 0 }),
      add: (n, { sum, count }) => ({ sum: sum + n, count: count + 1 }),
      getResult: ({ sum, count }) => sum / count,
    });
    const harness = await windows<string>({
      windowStates: [list, map, average],
      process(_key, context, elements, out) {
        const states = context.windowState();
        for (const n of elements) {
          states.getListState(list).add(n);
          states.getMapState(map).put(String(n), n);
          states.getAggregatingState(average).add(n);
        }
        out.collect(
          `${states.getListState(list).get().join()} ${[...states.getMapState(map).keys()].join()} ` +
            String(states.getAggregatingState(average).get()),
        );
      },
      clear(context) {
        context.windowState().getListState(list).clear();
        context.windowState().getMapState(map).clear();
        context.windowState().getAggregatingState(average).clear();
      },
    });
    await harness.processElement(2, 5);
    await harness.processElement(4, 5);
    await harness.processWatermark(59);
    expect(harness.output()).toEqual(['2,4 2,4 3']);
    expect(harness.numKeyedStateEntries()).toBe(0);
  });

  test('per-window state is not allowed on merging windows', async () => {
    const firings = new ValueStateDescriptor<number>('firings');
    const build = (fn: Fn<string>) =>
      OperatorHarness.forStream<number, string>((numbers) =>
        numbers
          .keyBy(() => 'all')
          .window(EventTimeSessionWindows.withGap(5))
          .process(fn, { uid: 'sessions' }),
      );
    await expect(build({ windowStates: [firings], process: () => undefined })).rejects.toMatchObject({
      code: 'ERR_WINDOW_STATE_MERGING',
    });
    const harness = await build({ process: (_key, context) => void context.windowState() });
    await harness.processElement(1, 1);
    await harness.processWatermark(99);
    expect(harness.failures).toMatchObject([{ cause: { code: 'ERR_WINDOW_STATE_MERGING' } }]);
  });

  test('a state that was not declared is an error that says where to declare it', async () => {
    const forgotten = new ValueStateDescriptor<number>('forgotten');
    const harness = await windows<string>({
      process: (_key, context) => void context.globalState().getState(forgotten),
    });
    await harness.processElement(1, 1);
    await harness.processWatermark(99);
    expect(String(harness.failures[0])).toContain('windows: globalStates: the value state forgotten was asked for');
  });

  test('two states of one name are an error at the start', async () => {
    const twice = [new ValueStateDescriptor<number>('n'), new ValueStateDescriptor<number>('n')];
    await expect(windows({ windowStates: twice, process: () => undefined })).rejects.toMatchObject({
      code: 'ERR_STATE_DUPLICATE',
    });
  });

  test('a factory makes one function for each copy of the operator; open and close are called', async () => {
    const calls: string[] = [];
    const harness = await windows<string>(() => {
      calls.push('made');
      return {
        open: ({ operator }) => void calls.push(`open ${operator}`),
        process: () => undefined,
        close: () => void calls.push('close'),
      };
    });
    await harness.close();
    expect(calls).toEqual(['made', 'open windows', 'close']);
  });

  test('what a window function throws fails the job attempt, whatever the error policy says of elements', async () => {
    const harness = await OperatorHarness.forStream<number, string>((numbers) =>
      numbers
        .keyBy(() => 'all')
        .countWindow(1)
        .apply(
          () => {
            throw new Error('broken');
          },
          { uid: 'windows', errors: { onEventError: 'skip' } },
        ),
    );
    await harness.processElement(1);
    expect(harness.failures).toMatchObject([{ code: 'ERR_OPERATOR_FAILED', message: 'windows: broken' }]);
  });

  test('what an aggregate function throws for an element is judged by the error policy', async () => {
    const dead = new OutputTag<string>('dead');
    const harness = await OperatorHarness.forStream<number, number>((numbers) =>
      numbers
        .keyBy(() => 'all')
        .window(MINUTE)
        .reduce(
          (a, b) => {
            if (b === 13) throw new Error('unlucky');
            return a + b;
          },
          {
            uid: 'sums',
            errors: { onEventError: { tag: dead, make: (n, error) => [`${String(n)}: ${(error as Error).message}`] } },
          },
        ),
    );
    for (const n of [1, 13, 2]) await harness.processElement(n, n);
    await harness.processWatermark(59);
    expect(harness.output()).toEqual([3]);
    expect(harness.sideOutput(dead)).toEqual(['13: unlucky']);
    expect(harness.failures).toEqual([]);
  });

  test('an async window function is refused: its results would come after the window was acknowledged', async () => {
    const harness = await windows<string>({ process: (async () => Promise.resolve()) as () => void });
    await harness.processElement(1, 1);
    await harness.processWatermark(99);
    expect(String(harness.failures[0])).toContain('the window function returned a promise');
  });

  test('context and collector are valid during the call only', async () => {
    let kept: (() => void) | undefined;
    const harness = await windows<string>({
      process(_key, _context, _elements, out) {
        kept = () => {
          out.collect('too late');
        };
      },
    });
    await harness.processElement(1, 1);
    await harness.processWatermark(99);
    expect(kept).toThrow('valid during the call only');
  });

  test('an aggregate function without merge is refused on windows that merge', async () => {
    const count = { createAccumulator: () => 0, add: (_: number, n: number) => n + 1, getResult: (n: number) => n };
    await expect(
      OperatorHarness.forStream<number, number>((numbers) =>
        numbers
          .keyBy(() => 'all')
          .window(EventTimeSessionWindows.withGap(5))
          .aggregate(count, { uid: 'counts' }),
      ),
    ).rejects.toThrow('EventTimeSessionWindows(gap 5 ms): windows merge, so the aggregate function needs merge');
  });

  test('merging may not produce a window that is past its cleanup', async () => {
    /** Everything belongs together, and the result ends where the earliest does. */
    class Shrinking extends MergingWindowAssigner<number, TimeWindow> {
      override readonly isEventTime = true;
      override assignWindows(n: number, timestamp: number | undefined): readonly TimeWindow[] {
        return [new Times(timestamp ?? 0, (timestamp ?? 0) + n)];
      }
      override mergeWindows(all: readonly TimeWindow[], onMerge: MergeCallback<TimeWindow>): void {
        if (all.length > 1) onMerge(all, new Times(0, Math.min(...all.map(({ end }) => end))));
      }
      override getDefaultTrigger(): Trigger<unknown, TimeWindow> {
        return EventTimeTrigger.create();
      }
      override windowOf(namespace: string): TimeWindow {
        return Times.of(namespace);
      }
      override toString(): string {
        return 'Shrinking';
      }
    }
    const harness = await OperatorHarness.forStream<number, number>((numbers) =>
      numbers
        .keyBy(() => 'all')
        .window(new Shrinking())
        .reduce((a, b) => a + b, { uid: 'w' }),
    );
    await harness.processElement(100, 50);
    await harness.processWatermark(80);
    await harness.processElement(10, 60);
    expect(harness.failures).toMatchObject([{ cause: { code: 'ERR_WINDOW_MERGE' } }]);
    expect(String(harness.failures[0])).toContain('cannot become earlier than the current watermark by merging: 80');
  });
});

describe('flink 1.5 windows: windowAll', () => {
  test('all elements of a task are in the same windows', async () => {
    const harness = await OperatorHarness.forStream<number, unknown>((numbers) =>
      numbers.windowAll(MINUTE).process(
        {
          process(context, elements, out) {
            out.collect(`${context.window().namespace} ${[...elements].join()}`);
          },
        },
        { uid: 'all' },
      ),
    );
    for (const n of [1, 2, 70]) await harness.processElement(n, n);
    await harness.processWatermark(199);
    expect(harness.output()).toEqual(['0..60 1,2', '60..120 70']);
  });

  test('reduce, aggregate, apply, trigger, lateness and late side output as on keyed windows', async () => {
    const late = new OutputTag<number>('late');
    const harness = await OperatorHarness.forStream<number, unknown>((numbers) => {
      const all = numbers
        .windowAll(MINUTE)
        .allowedLateness(0)
        .trigger(EventTimeTrigger.create())
        .sideOutputLateData(late);
      const count = { createAccumulator: () => 0, add: (_: number, n: number) => n + 1, getResult: (n: number) => n };
      return all
        .reduce((a, b) => a + b, { uid: 'reduce' })
        .map((sum): unknown => ({ sum }))
        .union(
          all.aggregate(
            count,
            { process: (_context, counts, out) => out.collect({ count: [...counts] }) },
            { uid: 'a' },
          ),
          all.apply((window, elements, out) => out.collect({ at: window.start, all: [...elements] }), { uid: 'apply' }),
        );
    });
    for (const n of [1, 2]) await harness.processElement(n, n);
    await harness.processWatermark(59);
    await harness.processElement(3, 3);
    expect(harness.output()).toEqual([{ sum: 3 }, { count: [2] }, { at: 0, all: [1, 2] }]);
    expect(harness.sideOutput(late)).toEqual([3, 3, 3]);
  });
});
