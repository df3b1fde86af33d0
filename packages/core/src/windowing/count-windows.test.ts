import { describe, expect, test } from '@jest/globals';
import { OperatorHarness } from '@millrace/core/testing';
import type { DataStream } from '@millrace/core';

const texts = (
  _key: unknown,
  _window: unknown,
  elements: Iterable<number>,
  out: { collect(t: string): void },
): void => {
  out.collect([...elements].join('+'));
};

type Harness = OperatorHarness<number, string>;
type Snapshot = Awaited<ReturnType<Harness['snapshot']>>;

const full = (numbers: DataStream<number>): DataStream<string> =>
  numbers
    .keyBy((n) => n % 2)
    .countWindow(2)
    .apply(texts, { uid: 'windows' });
const batches = (numbers: DataStream<number>): DataStream<string> =>
  numbers
    .keyBy((n) => n % 2)
    .countWindow(3)
    .orTimeout(100)
    .apply(texts, { uid: 'windows' });

function open(build: (numbers: DataStream<number>) => DataStream<string>, restore?: Snapshot): Promise<Harness> {
  return OperatorHarness.forStream<number, string>(build, restore === undefined ? {} : { restore });
}

const leftovers = (harness: Harness): number[] => [
  harness.numKeyedStateEntries(),
  harness.numEventTimeTimers(),
  harness.numProcessingTimeTimers(),
];

describe('flink 1.5 windows: count windows', () => {
  test('countWindow(size) fires when a key has size elements, then begins anew', async () => {
    const harness = await open(full);
    for (const n of [1, 2, 3, 5, 7, 4]) await harness.processElement(n);
    expect(harness.output()).toEqual(['1+3', '5+7', '2+4']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('countWindow(size): a partial window never fires and never expires', async () => {
    const harness = await open(full);
    await harness.processElement(1, 1);
    await harness.advance(1_000_000);
    await harness.endInput();
    expect(harness.output()).toEqual([]);
    expect(harness.numKeyedStateEntries()).toBeGreaterThan(0);
  });

  test('countWindow(size, slide) fires with the last size elements at every slide-th', async () => {
    const harness = await open((numbers) =>
      numbers
        .keyBy(() => 0)
        .countWindow(3, 2)
        .apply(texts, { uid: 'windows' }),
    );
    for (const n of [1, 2, 3, 4, 5, 6, 7]) await harness.processElement(n);
    expect(harness.output()).toEqual(['1+2', '2+3+4', '4+5+6']);
  });

  test('their results carry the end of time as timestamp, as maxTimestamp of a GlobalWindow is', async () => {
    const harness = await open(full);
    for (const n of [1, 3]) await harness.processElement(n, n);
    expect(harness.records()).toEqual([{ value: '1+3', timestamp: Number.MAX_SAFE_INTEGER }]);
  });

  test('countWindowAll counts all elements of a task', async () => {
    const harness = await OperatorHarness.forStream<number, string>((numbers) => {
      const join = (_window: unknown, all: Iterable<number>, out: { collect(t: string): void }): void =>
        texts(0, _window, all, out);
      return numbers
        .countWindowAll(2)
        .apply(join, { uid: 'two' })
        .union(
          numbers.countWindowAll(3, 1).apply(join, { uid: 'last-three' }),
          numbers.countWindowAll(9).orTimeout(50).apply(join, { uid: 'in-time' }),
        );
    });
    for (const n of [1, 2, 3]) await harness.processElement(n);
    await harness.advance(50);
    expect([...harness.output()].sort()).toEqual(['1', '1+2', '1+2', '1+2+3', '1+2+3']);
  });

  test.each([0, -1, 1.5])('a size of %p is refused', (size) => {
    return expect(
      open((numbers) =>
        numbers
          .keyBy(() => 0)
          .countWindow(size)
          .apply(texts, { uid: 'w' }),
      ),
    ).rejects.toThrow(RangeError);
  });
});

describe('a count window with a timeout', () => {
  test('fires when it is full; the timeout of that batch is gone', async () => {
    const harness = await open(batches);
    for (const n of [1, 3, 5]) await harness.processElement(n);
    expect(harness.output()).toEqual(['1+3+5']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
    await harness.advance(1_000);
    expect(harness.output()).toHaveLength(1);
  });

  test('fires when the time since the first element of the batch is over, with what there is', async () => {
    const harness = await open(batches);
    await harness.processElement(1);
    await harness.advance(60);
    await harness.processElement(3);
    await harness.advance(39);
    expect(harness.output()).toEqual([]);
    await harness.advance(1);
    expect(harness.output()).toEqual(['1+3']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('each batch has its own time, counted from its own first element', async () => {
    const harness = await open(batches);
    await harness.processElement(1);
    await harness.advance(90);
    for (const n of [3, 5]) await harness.processElement(n); // full at 90
    await harness.advance(5);
    await harness.processElement(7); // begins at 95
    await harness.advance(99);
    expect(harness.output()).toEqual(['1+3+5']);
    await harness.advance(1);
    expect(harness.output()).toEqual(['1+3+5', '7']);
    // After a timeout the count begins anew too.
    for (const n of [9, 11]) await harness.processElement(n);
    expect(harness.output()).toHaveLength(2);
    await harness.processElement(13);
    expect(harness.output().slice(2)).toEqual(['9+11+13']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('keys do not wait for one another', async () => {
    const harness = await open(batches);
    await harness.processElement(1);
    await harness.advance(50);
    await harness.processElement(2);
    await harness.advance(50);
    expect(harness.output()).toEqual(['1']);
    await harness.advance(50);
    expect(harness.output()).toEqual(['1', '2']);
  });

  test('goes on after a restart: count, elements and time; a timeout that is due fires at once', async () => {
    const first = await open(batches);
    await first.processElement(1);
    await first.advance(40);
    await first.processElement(3);
    const snapshot = await first.snapshot();

    const full = await open(batches, snapshot);
    await full.processElement(5);
    expect(full.output()).toEqual(['1+3+5']);
    expect(leftovers(full)).toEqual([0, 0, 0]);

    const due = await open(batches, snapshot);
    await due.advance(100);
    expect(due.output()).toEqual(['1+3']);
    expect(leftovers(due)).toEqual([0, 0, 0]);
  });

  test('the end of the input is the end of the time too: what there is comes out', async () => {
    const harness = await open(batches);
    for (const n of [1, 3, 2]) await harness.processElement(n);
    await harness.endInput();
    expect([...harness.output()].sort()).toEqual(['1+3', '2']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
    expect(harness.clock.pendingTimers).toBe(0);
  });

  test('a timeout of 0 is refused', () => {
    return expect(
      open((numbers) =>
        numbers
          .keyBy(() => 0)
          .countWindow(3)
          .orTimeout(0)
          .apply(texts, { uid: 'w' }),
      ),
    ).rejects.toThrow(RangeError);
  });
});
