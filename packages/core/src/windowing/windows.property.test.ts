import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ContinuousEventTimeTrigger,
  ContinuousProcessingTimeTrigger,
  CountEvictor,
  CountTrigger,
  DeltaTrigger,
  EventTimeSessionWindows,
  EventTimeTrigger,
  GlobalWindows,
  MemoryStateBackend,
  NeverTrigger,
  ProcessingTimeoutTrigger,
  ProcessingTimeSessionWindows,
  ProcessingTimeTrigger,
  PurgingTrigger,
  SlidingEventTimeWindows,
  SlidingProcessingTimeWindows,
  TimeEvictor,
  TumblingEventTimeWindows,
  TumblingProcessingTimeWindows,
} from '@millrace/core';
import type { DataStream, Evictor, Trigger, Window, WindowAssigner } from '@millrace/core';
import { ManualClock, OperatorHarness } from '@millrace/core/testing';
import * as naive from '../testing/windows/naive-triggers.js';
import { NaiveWindows } from '../testing/windows/naive-windows.js';
import type { Item, NaiveAssigner, NaiveTrigger, Pane } from '../testing/windows/naive-windows.js';

type AnyAssigner = WindowAssigner<Item, Window>;
type AnyTrigger = Trigger<Item, Window>;

const gapOf = ({ n }: Item): number => (n % 4) + 3;

/** Assigner and model, by name. */
const ASSIGNERS: Record<string, readonly [AnyAssigner, NaiveAssigner]> = {
  tumbling: [TumblingEventTimeWindows.of(10), naive.aligned(true, 10, 10)],
  'tumbling with an offset': [TumblingEventTimeWindows.of(10, 3), naive.aligned(true, 10, 10, 3)],
  sliding: [SlidingEventTimeWindows.of(10, 4, -1), naive.aligned(true, 10, 4, -1)],
  'sliding with gaps': [SlidingEventTimeWindows.of(4, 7), naive.aligned(true, 4, 7)],
  session: [EventTimeSessionWindows.withGap(5), naive.sessions(true, () => 5)],
  'session with dynamic gaps': [
    EventTimeSessionWindows.withDynamicGap(gapOf),
    naive.sessions(true, (n) => gapOf({ n } as Item)),
  ],
  'tumbling by the clock': [TumblingProcessingTimeWindows.of(10, -2), naive.aligned(false, 10, 10, -2)],
  'sliding by the clock': [SlidingProcessingTimeWindows.of(10, 4), naive.aligned(false, 10, 4)],
  'session by the clock': [ProcessingTimeSessionWindows.withGap(5), naive.sessions(false, () => 5)],
  'session by the clock with dynamic gaps': [
    ProcessingTimeSessionWindows.withDynamicGap(gapOf),
    naive.sessions(false, (n) => gapOf({ n } as Item)),
  ],
  global: [GlobalWindows.create(), naive.everything],
};

const difference = (a: Item, b: Item): number => Math.abs(b.n - a.n);
const ALL = Object.keys(ASSIGNERS);
const MERGING = ALL.filter((name) => name.startsWith('session'));
const NOT_MERGING = ALL.filter((name) => !name.startsWith('session'));
const BY_EVENTS = ALL.filter((name) => ASSIGNERS[name]?.[0].isEventTime === true);
const BY_CLOCK = ALL.filter((name) => name.endsWith('clock') || name.includes('by the clock'));

/** Trigger and model, and the assigners that they are tried with. */
const TRIGGERS: Record<string, readonly [AnyTrigger, NaiveTrigger, readonly string[]]> = {
  EventTime: [EventTimeTrigger.create(), naive.eventTime, BY_EVENTS],
  ProcessingTime: [ProcessingTimeTrigger.create(), naive.processingTime, BY_CLOCK],
  Never: [NeverTrigger.create(), naive.never, ALL],
  Count: [CountTrigger.of(2), naive.counting(2), ALL],
  ContinuousEventTime: [ContinuousEventTimeTrigger.of(4), naive.continuousEventTime(4), BY_EVENTS],
  ContinuousProcessingTime: [ContinuousProcessingTimeTrigger.of(4), naive.continuousProcessingTime(4), BY_CLOCK],
  Delta: [DeltaTrigger.of(3, difference), naive.delta(3), NOT_MERGING],
  'Purging Count': [PurgingTrigger.of(CountTrigger.of(3)), naive.purging(naive.counting(3)), ALL],
  'Purging EventTime': [PurgingTrigger.of(EventTimeTrigger.create()), naive.purging(naive.eventTime), BY_EVENTS],
  'Purging ContinuousEventTime': [
    PurgingTrigger.of(ContinuousEventTimeTrigger.of(4)),
    naive.purging(naive.continuousEventTime(4)),
    BY_EVENTS,
  ],
  'Count with a timeout': [
    ProcessingTimeoutTrigger.of(CountTrigger.of(3), 6),
    naive.withTimeout(naive.counting(3), 6),
    NOT_MERGING.filter((name) => !BY_CLOCK.includes(name)),
  ],
  'Purging Count with a timeout': [
    PurgingTrigger.of(ProcessingTimeoutTrigger.of(CountTrigger.of(3), 6)),
    naive.purging(naive.withTimeout(naive.counting(3), 6)),
    ['global'],
  ],
  'EventTime with a timeout': [
    ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), 6),
    naive.withTimeout(naive.eventTime, 6),
    BY_EVENTS.filter((name) => !MERGING.includes(name)),
  ],
};

/** What becomes of the elements of a window: in the model, which an evictor changes, and in the stream. */
const ENDS: Record<string, { readonly evictor?: Evictor<Item, Window>; readonly text: (pane: Pane) => string }> = {
  list: { text: ({ items }) => sorted(items) },
  reduce: { text: ({ items }) => String(items.reduce((sum, { n }) => sum + n, 0)) },
  aggregate: { text: ({ items }) => sorted(items) },
  'count evictor': {
    evictor: CountEvictor.of(2),
    text: (pane) => {
      pane.items = pane.items.slice(-2);
      return sorted(pane.items);
    },
  },
  'time evictor': {
    evictor: TimeEvictor.of(4),
    text: (pane) => {
      const cutoff = Math.max(...pane.items.map(({ ts }) => ts)) - 4;
      pane.items = pane.items.filter(({ ts }) => ts > cutoff);
      return sorted(pane.items);
    },
  },
};

function sorted(items: Iterable<Item>): string {
  return [...items]
    .map(({ n }) => n)
    .sort((a, b) => a - b)
    .join('+');
}

const result = (key: string, namespace: string, text: string): string => `${key} ${namespace} ${text}`;

/** Changes its accumulator in place: a checkpoint must notice. */
const collecting = {
  createAccumulator: (): Item[] => [],
  add: (item: Item, items: Item[]): Item[] => {
    items.push(item);
    return items;
  },
  getResult: (items: Item[]): string => sorted(items),
  merge: (a: Item[], b: Item[]): Item[] => [...a, ...b],
};

interface Case {
  readonly assigner: AnyAssigner;
  readonly trigger: AnyTrigger;
  readonly lateness: number;
  readonly end: string;
  /** Whether state is read from the backend when it is asked for, as on LMDB, or all of it at the start. */
  readonly isLargerThanMemory: boolean;
}

function windowsOf(items: DataStream<Item>, { assigner, trigger, lateness, end }: Case): DataStream<string> {
  const plain = items
    .keyBy(({ key }) => key)
    .window(assigner)
    .trigger(trigger)
    .allowedLateness(lateness);
  const evictor = ENDS[end]?.evictor;
  const windows = evictor === undefined ? plain : plain.evictor(evictor);
  const options = { uid: 'windows' };
  if (end === 'reduce') {
    return windows.reduce(
      (a, b) => ({ ...a, n: a.n + b.n }),
      {
        process(key, context, [sum], out) {
          out.collect(result(key, context.window().namespace, String(sum?.n)));
        },
      },
      options,
    );
  }
  if (end === 'aggregate') {
    return windows.aggregate(
      collecting,
      {
        process(key, context, [text], out) {
          out.collect(result(key, context.window().namespace, String(text)));
        },
      },
      options,
    );
  }
  return windows.apply((key, window, elements, out) => {
    out.collect(result(key, window.namespace, sorted(elements)));
  }, options);
}

type Step = { readonly item: Item } | { readonly watermark: number } | { readonly clock: number };

/** What came out, in all runs of the operator, and what was dropped. */
interface Outcome {
  readonly out: readonly string[];
  readonly dropped: number;
}

/** The operator, restarted before the step of that number (behind the last one there is no step). */
async function runOperator(each: Case, steps: readonly Step[], restartAt: number): Promise<Outcome> {
  const clock = new ManualClock();
  const open = (options: Parameters<typeof OperatorHarness.forStream>[1]): Promise<OperatorHarness<Item, string>> =>
    OperatorHarness.forStream<Item, string>((items) => windowsOf(items, each), {
      ...options,
      clock,
      stateBackend: new MemoryStateBackend({ isLargerThanMemory: each.isLargerThanMemory }),
    });
  let harness = await open({});
  let watermark: number | undefined;
  let dropped = 0;
  const out: string[] = [];
  const end = (): void => {
    expect(harness.failures).toEqual([]);
    dropped += harness.metrics.total('numLateRecordsDropped');
    out.push(...harness.output());
  };
  for (const [index, step] of [...steps, undefined].entries()) {
    if (index === restartAt) {
      const restore = await harness.snapshot();
      await harness.close();
      end();
      harness = await open({ restore });
      if (watermark !== undefined) await harness.processWatermark(watermark);
    }
    if (step === undefined) break;
    if ('item' in step) harness.push(step.item, step.item.ts);
    else if ('clock' in step) await clock.advance(step.clock);
    else await harness.processWatermark((watermark = (watermark ?? 0) + step.watermark));
  }
  end();
  await harness.endInput();
  if (!(each.assigner instanceof GlobalWindows)) {
    expect(harness.numKeyedStateEntries()).toBe(0);
    expect([harness.numEventTimeTimers(), harness.numProcessingTimeTimers()]).toEqual([0, 0]);
    expect((await harness.snapshot()).size).toBe(0);
  }
  await harness.close();
  expect(clock.pendingTimers).toBe(0);
  return { out, dropped };
}

function runModel(
  [assigner, trigger]: readonly [NaiveAssigner, NaiveTrigger],
  { lateness, end }: Case,
  steps: readonly Step[],
  restartAt: number,
): Outcome {
  const windows = new NaiveWindows(assigner, trigger, lateness, (pane) => {
    const namespace = pane.end === Number.MAX_SAFE_INTEGER ? 'global' : `${String(pane.start)}..${String(pane.end)}`;
    return result(pane.key, namespace, ENDS[end]?.text(pane) ?? '');
  });
  let watermark: number | undefined;
  let clock = 0;
  for (const [index, step] of [...steps, undefined].entries()) {
    if (index === restartAt && watermark !== undefined) windows.watermark(watermark);
    if (step === undefined) break;
    if ('item' in step) windows.element(step.item);
    else if ('clock' in step) windows.clock((clock += step.clock));
    else windows.watermark((watermark = (watermark ?? 0) + step.watermark));
  }
  return { out: windows.out, dropped: windows.late.length };
}

// Close together, so that elements meet in windows, come late, and come again after a firing.
const item = fc.record({
  key: fc.constantFrom('a', 'a', 'a', 'b'),
  n: fc.integer({ min: 0, max: 9 }),
  ts: fc.integer({ min: 0, max: 22 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: item.map((each) => ({ item: each })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }).map((watermark) => ({ watermark })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }).map((clock) => ({ clock })) },
);

const combinations = Object.entries(TRIGGERS).flatMap(([trigger, [, , assigners]]) =>
  assigners.map((assigner) => [assigner, trigger] as const),
);

describe('flink 1.5 windows against a naive model, out of order, restarted at every place', () => {
  test.each(combinations)(
    '%s windows, trigger %s',
    async (assignerName, triggerName) => {
      const [assigner, naiveAssigner] = ASSIGNERS[assignerName]!;
      const [trigger, naiveTrigger] = TRIGGERS[triggerName]!;
      // Which elements come last is not told of windows that merge.
      const ends = Object.keys(ENDS).filter((end) => end !== 'count evictor' || !MERGING.includes(assignerName));
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 6, maxLength: 10 }),
          fc.constantFrom(0, 12),
          fc.constantFrom(...ends),
          fc.boolean(),
          async (steps, lateness, end, isLargerThanMemory) => {
            const each = { assigner, trigger, lateness, end, isLargerThanMemory };
            for (let restartAt = -1; restartAt <= steps.length; restartAt += 1) {
              const expected = runModel([naiveAssigner, naiveTrigger], each, steps, restartAt);
              const actual = await runOperator(each, steps, restartAt);
              expect([...actual.out].sort()).toEqual([...expected.out].sort());
              expect(actual.dropped).toBe(expected.dropped);
            }
          },
        ),
        { numRuns: 5 },
      );
    },
    120_000,
  );
});
