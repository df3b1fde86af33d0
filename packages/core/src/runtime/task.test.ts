import { describe, expect, test } from '@jest/globals';
import { AsyncDataStream, InMemoryMetrics, silentLogger, StreamExecutionEnvironment } from '@millrace/core';
import type { SourceChunk, StreamGraph } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource, quiet } from '../test-support/fake-source.js';
import { SplitTask } from '../test-support/split-task.js';
import { InFlightBudget } from './in-flight-budget.js';
import { Permits } from './permits.js';
import type { TaskServices } from './task-services.js';
import { WatermarkAlignments } from './watermark-alignment.js';

interface Setting {
  readonly sink: FakeSink<number>;
  readonly clock: ManualClock;
  readonly failures: unknown[];
  readonly services: TaskServices;
}

function setting(options: { maxInFlight?: number; budget?: InFlightBudget } = {}): Setting {
  const sink = new FakeSink<number>();
  sink.isStalled = true;
  const clock = new ManualClock();
  const failures: unknown[] = [];
  const services: TaskServices = {
    jobName: 'job',
    clock,
    logger: silentLogger,
    metrics: new InMemoryMetrics(),
    resources: {
      writerOf: () => ({
        write: (element, ack) => {
          sink.written.push(element as number);
          if (sink.isStalled) sink.waiting.push({ element: element as number, ack });
          else ack.done();
        },
        flush: () => Promise.resolve(),
        close: () => Promise.resolve(),
      }),
    },
    budget: options.budget ?? new InFlightBudget(1_000),
    maxInFlight: options.maxInFlight ?? 3,
    autoWatermarkIntervalMs: 200,
    alignments: new WatermarkAlignments(),
    sharedPermits: (_, capacity) => new Permits(capacity),
    waiting: () => () => undefined,
    fail: (error) => failures.push(error),
  };
  return { sink, clock, failures, services };
}

function identity(sink: FakeSink<number>): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'job' });
  env.fromSource(new FakeSource<number>().source, { uid: 'in' }).sinkTo(sink.sink, { uid: 'out' });
  return env.getStreamGraph();
}

const chunk = (from: number, count: number, gap = 0): SourceChunk<number> => ({
  records: Array.from({ length: count }, (_, n) => ({ value: from + n, position: from + n, timestamp: undefined })),
  nextPosition: from + count + gap,
});

const lease = (id = 'in-0') => ({ id, epoch: 1, startPosition: 0 });

/** Follows whether a promise has ended. */
function watch(promise: Promise<unknown>): { isDone: boolean } {
  const state = { isDone: false };
  void promise.then(() => (state.isDone = true));
  return state;
}

async function taskOf({ sink, services }: Setting, id?: string): Promise<SplitTask> {
  const task = new SplitTask(lease(id), identity(sink), services);
  await task.open();
  return task;
}

describe('credit', () => {
  test('runs out in the middle of a chunk; the push goes on as records settle and resolves with the last credit', async () => {
    const its = setting();
    const task = await taskOf(its);
    const push = watch(task.take(chunk(0, 5)));
    await quiet();
    expect(its.sink.written).toEqual([0, 1, 2]);
    its.sink.acknowledge(1);
    await quiet();
    expect(its.sink.written).toEqual([0, 1, 2, 3]);
    its.sink.acknowledge(1);
    await quiet();
    expect(its.sink.written).toHaveLength(5);
    expect(push.isDone).toBe(false);
    its.sink.acknowledge(1);
    await quiet();
    expect(push.isDone).toBe(true);
    expect(task.inFlight).toBe(2);
    expect(task.settledPosition).toBe(3);
  });

  test('of the process is shared: a task that waits for it goes on when another gives it back', async () => {
    const budget = new InFlightBudget(2);
    const one = setting({ budget, maxInFlight: 2 });
    const two = setting({ budget, maxInFlight: 2 });
    const first = await taskOf(one, 'in-0');
    const second = await taskOf(two, 'in-1');
    void first.take(chunk(0, 2));
    void second.take(chunk(0, 2));
    await quiet();
    expect([one.sink.written, two.sink.written]).toEqual([[0, 1], []]);
    one.sink.acknowledge();
    await quiet();
    expect(two.sink.written).toEqual([0, 1]);
  });

  test('lost to others during a hold is waited for after it', async () => {
    const budget = new InFlightBudget(2);
    const one = setting({ budget });
    const two = setting({ budget });
    const first = await taskOf(one, 'in-0');
    const second = await taskOf(two, 'in-1');
    first.hold();
    void first.take(chunk(0, 1));
    await second.take(chunk(0, 1));
    void second.take(chunk(1, 1));
    await quiet();
    expect(budget.hasRoom).toBe(false);
    first.release();
    await quiet();
    expect(one.sink.written).toEqual([]);
    two.sink.acknowledge();
    await quiet();
    expect(one.sink.written).toEqual([0]);
  });
});

describe('a hold', () => {
  test('stops a push in the middle of its chunk until it is released', async () => {
    const its = setting({ maxInFlight: 2 });
    const task = await taskOf(its);
    const push = watch(task.take(chunk(0, 4)));
    await quiet();
    task.hold();
    its.sink.acknowledge();
    await expect(task.drained(1_000)).resolves.toBe(true);
    await quiet();
    expect(its.sink.written).toEqual([0, 1]);
    expect(task.settledPosition).toBe(2);
    its.sink.isStalled = false;
    task.release();
    await quiet();
    expect(its.sink.written).toEqual([0, 1, 2, 3]);
    expect(push.isDone).toBe(true);
    expect(its.clock.pendingTimers).toBe(0);
  });

  test('by two is over when both have released', async () => {
    const its = setting();
    const task = await taskOf(its);
    task.hold();
    task.hold();
    void task.take(chunk(0, 1));
    task.release();
    await quiet();
    expect(its.sink.written).toEqual([]);
    task.release();
    await quiet();
    expect(its.sink.written).toEqual([0]);
  });
});

describe('draining', () => {
  test('is true at once with nothing in flight, and false after its timeout', async () => {
    const its = setting();
    const task = await taskOf(its);
    await expect(task.drained(0)).resolves.toBe(true);
    await task.take(chunk(0, 1));
    const drained = task.drained(500);
    await its.clock.advance(500);
    await expect(drained).resolves.toBe(false);
  });

  test('is false for a task that is closed meanwhile', async () => {
    const its = setting();
    const task = await taskOf(its);
    await task.take(chunk(0, 1));
    const drained = task.drained(500);
    await task.close();
    await expect(drained).resolves.toBe(false);
    await expect(task.drained(500)).resolves.toBe(false);
  });
});

describe('closing', () => {
  test('resolves a push that waits, takes nothing more, and gives its share of the budget back', async () => {
    const its = setting({ maxInFlight: 2 });
    const task = await taskOf(its);
    const push = watch(task.take(chunk(0, 5)));
    await quiet();
    expect(its.services.budget.used).toBe(2);
    await task.close();
    await quiet();
    expect(push.isDone).toBe(true);
    await task.take(chunk(5, 1));
    expect(its.sink.written).toEqual([0, 1]);
    expect(its.services.budget.used).toBe(0);
    its.sink.acknowledge();
    expect(its.services.budget.used).toBe(0);
    its.sink.waiting.length = 0;
    expect(its.failures).toEqual([]);
  });

  test('during a hold, before opening, and twice, is fine', async () => {
    const its = setting();
    const held = await taskOf(its);
    held.hold();
    const push = watch(held.take(chunk(0, 1)));
    await held.close();
    await quiet();
    expect(push.isDone).toBe(true);
    const neverOpened = new SplitTask(lease(), identity(its.sink), its.services);
    await neverOpened.close();
    await neverOpened.close();
    expect(neverOpened.isClosed).toBe(true);
  });

  test('waits for a call of a user function, but not for ever', async () => {
    const its = setting();
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    const stream = env.fromSource(new FakeSource<number>().source, { uid: 'in' });
    AsyncDataStream.unorderedWait<number, number>(
      stream,
      { asyncInvoke: () => new Promise(() => undefined) },
      { uid: 'deaf' },
    ).sinkTo(its.sink.sink, { uid: 'out' });
    const task = new SplitTask(lease(), env.getStreamGraph(), its.services);
    await task.open();
    await task.take(chunk(0, 1));
    const closing = watch(task.close());
    await its.clock.advance(9_999);
    expect(closing.isDone).toBe(false);
    await its.clock.advance(1);
    await quiet();
    expect(closing.isDone).toBe(true);
  });
});

describe('a task that has failed', () => {
  test('moves its position no more, whatever settles; takes nothing; does not drain', async () => {
    const its = setting({ maxInFlight: 3 });
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    env
      .fromSource(new FakeSource<number>().source, { uid: 'in' })
      .filter((n) => {
        if (n === 1) throw new Error('bad');
        return true;
      })
      .sinkTo(its.sink.sink, { uid: 'out' });
    const task = new SplitTask(lease(), env.getStreamGraph(), its.services);
    await task.open();
    const push = watch(task.take(chunk(0, 4)));
    await quiet();
    expect(its.failures).toMatchObject([{ code: 'ERR_OPERATOR_FAILED' }]);
    expect(its.sink.written).toEqual([0]);
    its.sink.acknowledge();
    const drained = task.drained(100);
    await its.clock.advance(100);
    await expect(drained).resolves.toBe(false);
    expect(task.settledPosition).toBe(0);
    await task.close();
    await quiet();
    expect(push.isDone).toBe(true);
    expect(its.services.budget.used).toBe(0);
  });

  test('keeps what was settled before the failure', async () => {
    const its = setting();
    const task = await taskOf(its);
    await task.take(chunk(0, 2));
    its.sink.acknowledge(1);
    its.sink.waiting[0]?.ack.failed(new Error('disk full'));
    expect(its.failures).toEqual([new Error('disk full')]);
    expect(task.settledPosition).toBe(1);
  });
});

test('work that goes on by promises alone lets timers and sockets have their turn', async () => {
  const its = setting({ maxInFlight: 1 });
  let now = 0;
  const ticking = { monotonic: () => (now += 1), setTimer: () => () => undefined, now: () => now };
  const services: TaskServices = {
    ...its.services,
    clock: ticking,
    resources: {
      writerOf: () => ({
        write: (_element, ack) => queueMicrotask(() => ack.done()),
        flush: () => Promise.resolve(),
        close: () => Promise.resolve(),
      }),
    },
  };
  const task = new SplitTask(lease(), identity(its.sink), services);
  await task.open();
  let hadTurn = false;
  setImmediate(() => (hadTurn = true));
  for (let n = 0; n < 50; n += 1) await task.take(chunk(n * 500, 500));
  expect(hadTurn).toBe(true);
  expect(task.nextPosition).toBe(25_000);
});

test('positions skip the gaps of the log once everything before them is settled', async () => {
  const its = setting({ maxInFlight: 10 });
  const task = await taskOf(its);
  await task.take(chunk(0, 2, 5));
  expect([task.settledPosition, task.nextPosition]).toEqual([0, 7]);
  its.sink.acknowledge();
  expect(task.settledPosition).toBe(7);
  await task.take({ records: [], nextPosition: 9 });
  expect(task.settledPosition).toBe(9);
});
