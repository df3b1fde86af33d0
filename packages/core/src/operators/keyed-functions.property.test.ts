import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MapStateDescriptor, MemoryStateBackend, MIN_WATERMARK, OutputTag, ValueStateDescriptor } from '@millrace/core';
import type {
  KeyedBroadcastProcessFunction,
  KeyedCoProcessFunction,
  KeyedProcessContext,
  ValueState,
} from '@millrace/core';
import { ManualClock, TwoInputOperatorHarness } from '@millrace/core/testing';

/**
 * Keyed functions of two inputs (those of one share their calls) against naive models: random elements of both inputs,
 * watermarks of either, time, and restarts at any place.
 */
type Step =
  | { readonly do: 'first' | 'second'; readonly key: string; readonly value: number }
  | { readonly do: 'watermark1' | 'watermark2' | 'advance'; readonly by: number }
  | { readonly do: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('first' as const, 'second' as const),
      key: fc.constantFrom('', 'a', 'b'),
      value: fc.integer({ min: 0, max: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('watermark1' as const, 'watermark2' as const, 'advance' as const),
      by: fc.integer({ min: 0, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

interface Item {
  readonly key: string;
  readonly value: number;
}

const side = new OutputTag<string>('side');

/** What the runtime and the model have in common: who is called when. */
interface Subject {
  element(input: 1 | 2, item: Item): Promise<void> | void;
  watermark(input: 1 | 2, timestamp: number): Promise<void> | void;
  advance(ms: number): Promise<void> | void;
  restart(): Promise<void> | void;
  readonly said: readonly string[];
  readonly side: readonly string[];
}

async function run(steps: readonly Step[], subject: Subject): Promise<void> {
  const watermarks: Record<1 | 2, number> = { 1: -1, 2: -1 };
  for (const each of steps) {
    if ('key' in each) await subject.element(each.do === 'first' ? 1 : 2, each);
    else if (each.do === 'advance') await subject.advance(each.by);
    else if (each.do === 'restart') {
      await subject.restart();
      // As sources do, which go on at their positions: they say again how far event time is.
      for (const input of [1, 2] as const) {
        if (watermarks[input] >= 0) await subject.watermark(input, watermarks[input]);
      }
    } else {
      const input = each.do === 'watermark1' ? 1 : 2;
      watermarks[input] = Math.max(0, watermarks[input]) + each.by;
      await subject.watermark(input, watermarks[input]);
    }
  }
}

class Real implements Subject {
  readonly said: string[] = [];
  readonly side: string[] = [];
  harness!: TwoInputOperatorHarness<Item, Item, string>;
  readonly #clock = new ManualClock();
  readonly #isLarger: boolean;
  readonly #build: Parameters<typeof TwoInputOperatorHarness.forStreams<Item, Item, string>>[0];

  constructor(isLarger: boolean, build: Parameters<typeof TwoInputOperatorHarness.forStreams<Item, Item, string>>[0]) {
    this.#isLarger = isLarger;
    this.#build = build;
  }

  async open(restore: object = {}): Promise<void> {
    this.harness = await TwoInputOperatorHarness.forStreams<Item, Item, string>(this.#build, {
      clock: this.#clock,
      stateBackend: new MemoryStateBackend({ isLargerThanMemory: this.#isLarger }),
      ...restore,
    });
    await this.#take();
  }

  async element(input: 1 | 2, { key, value }: Item): Promise<void> {
    if (input === 1) await this.harness.processElement1({ key, value }, value);
    else await this.harness.processElement2({ key, value }, value);
    await this.#take();
  }

  async watermark(input: 1 | 2, timestamp: number): Promise<void> {
    if (input === 1) await this.harness.processWatermark1(timestamp);
    else await this.harness.processWatermark2(timestamp);
    await this.#take();
  }

  async advance(ms: number): Promise<void> {
    await this.harness.advance(ms);
    await this.#take();
  }

  async restart(): Promise<void> {
    const restore = await this.harness.snapshot();
    await this.harness.close();
    await this.open({ restore });
  }

  async #take(): Promise<void> {
    await this.harness.settled();
    expect(this.harness.failures).toEqual([]);
    this.said.push(...this.harness.output());
    this.side.push(...this.harness.sideOutput(side));
    this.harness.clearOutput();
  }
}

interface ModelTimer {
  readonly domain: 'EVENT_TIME' | 'PROCESSING_TIME';
  readonly key: string;
  readonly time: number;
}

/** Time, keys and timers by plain arrays; what the functions do is left to subclasses. */
abstract class Model implements Subject {
  readonly said: string[] = [];
  readonly side: string[] = [];
  timers: ModelTimer[] = [];
  now = 0;
  watermarkNow = MIN_WATERMARK;
  #watermarks = { 1: MIN_WATERMARK, 2: MIN_WATERMARK };

  abstract onElement(input: 1 | 2, item: Item): void;
  abstract onTimer(timer: ModelTimer): void;

  set(domain: ModelTimer['domain'], key: string, time: number): void {
    this.unset(domain, key, time);
    this.timers.push({ domain, key, time });
  }

  unset(domain: ModelTimer['domain'], key: string, time: number): void {
    this.timers = this.timers.filter((each) => each.domain !== domain || each.key !== key || each.time !== time);
  }

  element(input: 1 | 2, item: Item): void {
    this.onElement(input, item);
    this.#fire('PROCESSING_TIME', this.now);
  }

  watermark(input: 1 | 2, timestamp: number): void {
    this.#watermarks[input] = timestamp;
    const lower = Math.min(this.#watermarks[1], this.#watermarks[2]);
    if (lower <= this.watermarkNow) return;
    this.watermarkNow = lower;
    this.#fire('EVENT_TIME', lower);
    this.#fire('PROCESSING_TIME', this.now);
  }

  advance(ms: number): void {
    for (let n = 0; n < ms; n += 1) {
      this.now += 1;
      this.#fire('PROCESSING_TIME', this.now);
    }
  }

  restart(): void {
    this.watermarkNow = MIN_WATERMARK;
    this.#watermarks = { 1: MIN_WATERMARK, 2: MIN_WATERMARK };
  }

  #fire(domain: ModelTimer['domain'], limit: number): void {
    for (;;) {
      const [first] = this.timers
        .filter((each) => each.domain === domain && each.time <= limit)
        .sort((one, other) => one.time - other.time || (one.key < other.key ? -1 : 1));
      if (first === undefined) return;
      this.unset(first.domain, first.key, first.time);
      this.onTimer(first);
    }
  }
}

/** Adds up by key, the second input negatively; sets and deletes timers by what the sum is. */
function summing(): KeyedCoProcessFunction<string, Item, Item, string> {
  let sum: ValueState<number>;
  const add = (input: 1 | 2, by: number, context: KeyedProcessContext<string>): string => {
    const timers = context.timerService();
    const total = (sum.value() ?? 0) + by;
    sum.update(total);
    if (total % 2 === 0) timers.registerEventTimeTimer((context.timestamp() ?? 0) + 3);
    if (total % 3 === 0) timers.registerProcessingTimeTimer(timers.currentProcessingTime() + (total % 5));
    if (total % 4 === 0) timers.deleteEventTimeTimer((context.timestamp() ?? 0) + 2);
    context.output(side, `${context.getCurrentKey()} ${String(by)}`);
    return `${String(input)} ${context.getCurrentKey()}=${String(total)}`;
  };
  return {
    open: (context) => void (sum = context.getState(new ValueStateDescriptor<number>('sum'))),
    processElement1: (item, context, out) => out.collect(add(1, item.value, context)),
    processElement2: (item, context, out) => out.collect(add(2, -item.value, context)),
    onTimer(timestamp, context, out) {
      out.collect(
        `${context.timeDomain()} ${context.getCurrentKey()}@${String(timestamp)}=${String(sum.value() ?? 0)}`,
      );
      if (timestamp % 2 === 0) context.timerService().registerEventTimeTimer(timestamp + 1);
      if (timestamp % 5 === 0) sum.clear();
    },
  };
}

class SummingModel extends Model {
  readonly sums = new Map<string, number>();

  onElement(input: 1 | 2, { key, value }: Item): void {
    const by = input === 1 ? value : -value;
    const total = (this.sums.get(key) ?? 0) + by;
    this.sums.set(key, total);
    if (total % 2 === 0) this.set('EVENT_TIME', key, value + 3);
    if (total % 3 === 0) this.set('PROCESSING_TIME', key, this.now + (total % 5));
    if (total % 4 === 0) this.unset('EVENT_TIME', key, value + 2);
    this.side.push(`${key} ${String(by)}`);
    this.said.push(`${String(input)} ${key}=${String(total)}`);
  }

  onTimer({ domain, key, time }: ModelTimer): void {
    this.said.push(`${domain} ${key}@${String(time)}=${String(this.sums.get(key) ?? 0)}`);
    if (time % 2 === 0) this.set('EVENT_TIME', key, time + 1);
    if (time % 5 === 0) this.sums.delete(key);
  }

  get entries(): number {
    return this.sums.size;
  }
}

const factors = new MapStateDescriptor<string, number>('factors');

/** Counts by key, times a factor that is broadcast; a factor of 0 adds 100 to every count, over 9 clears them. */
function multiplying(): KeyedBroadcastProcessFunction<string, Item, Item, string> {
  const descriptor = new ValueStateDescriptor<number>('count');
  let count: ValueState<number>;
  return {
    open: (context) => void (count = context.getState(descriptor)),
    processElement(item, context, out) {
      const total = (count.value() ?? 0) + item.value * (context.getBroadcastState(factors).get(item.key) ?? 1);
      count.update(total);
      out.collect(`${context.getCurrentKey()}=${String(total)}`);
      if (item.value % 2 === 0) context.timerService().registerEventTimeTimer(item.value + 3);
    },
    processBroadcastElement({ key, value }, context, out) {
      const state = context.getBroadcastState(factors);
      if (value === 5) state.remove(key);
      else state.put(key, value);
      if (value === 0 || value > 9) {
        const visited: string[] = [];
        context.applyToKeyedState(descriptor, (of, ofKey) => {
          visited.push(of);
          if (value > 9) ofKey.clear();
          else ofKey.update((ofKey.value() ?? 0) + 100);
        });
        out.collect(`visited ${visited.sort().join()}`);
      }
      out.collect([...state.entries()].map(String).sort().join(' '));
    },
    onTimer(timestamp, context, out) {
      out.collect(
        `${context.timeDomain()} ${context.getCurrentKey()}@${String(timestamp)}=${String(count.value() ?? 0)}`,
      );
    },
  };
}

class MultiplyingModel extends Model {
  readonly counts = new Map<string, number>();
  readonly factors = new Map<string, number>();

  onElement(input: 1 | 2, { key, value }: Item): void {
    if (input === 1) {
      const total = (this.counts.get(key) ?? 0) + value * (this.factors.get(key) ?? 1);
      this.counts.set(key, total);
      this.said.push(`${key}=${String(total)}`);
      if (value % 2 === 0) this.set('EVENT_TIME', key, value + 3);
      return;
    }
    if (value === 5) this.factors.delete(key);
    else this.factors.set(key, value);
    if (value === 0 || value > 9) {
      this.said.push(`visited ${[...this.counts.keys()].sort().join()}`);
      if (value > 9) this.counts.clear();
      else for (const [of, count] of this.counts) this.counts.set(of, count + 100);
    }
    this.said.push([...this.factors].map(String).sort().join(' '));
  }

  onTimer({ domain, key, time }: ModelTimer): void {
    this.said.push(`${domain} ${key}@${String(time)}=${String(this.counts.get(key) ?? 0)}`);
  }

  get entries(): number {
    return this.counts.size + Math.min(1, this.factors.size);
  }
}

const keyOf = (item: Item): string => item.key;

async function agree(steps: readonly Step[], real: Real, model: Model & { readonly entries: number }): Promise<void> {
  await real.open();
  await run(steps, real);
  await run(steps, model);
  expect({ said: real.said, side: real.side }).toEqual({ said: model.said, side: model.side });
  const { harness } = real;
  const timers = (domain: ModelTimer['domain']): number => model.timers.filter((each) => each.domain === domain).length;
  expect(harness.numKeyedStateEntries()).toBe(model.entries);
  expect(harness.numEventTimeTimers()).toBe(timers('EVENT_TIME'));
  expect(harness.numProcessingTimeTimers()).toBe(timers('PROCESSING_TIME'));
  await harness.close();
}

describe.each([
  ['in memory', false],
  ['larger than memory', true],
])('as naive models, over random streams, time and restarts, state %s', (_, isLarger) => {
  test('flink 1.3: state, timers and side outputs of a keyed function of two inputs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) =>
        agree(
          steps,
          new Real(isLarger, (first, second) =>
            first.connect(second).keyBy(keyOf, keyOf).process(summing, { uid: 'sum' }),
          ),
          new SummingModel(),
        ),
      ),
      { numRuns: 60 },
    );
  });

  test('flink 1.4: broadcast state, keyed state and timers of a keyed broadcast function', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) =>
        agree(
          steps,
          new Real(isLarger, (first, second) =>
            first.keyBy(keyOf).connect(second.broadcast(factors)).process(multiplying, { uid: 'multiply' }),
          ),
          new MultiplyingModel(),
        ),
      ),
      { numRuns: 60 },
    );
  });
});
