import { expect, test } from '@jest/globals';
import { ManualClock } from '@millrace/core/testing';
import { Pace } from './pace.js';

const never = new AbortController().signal;

/** Units that were given out by each second. */
async function taken(pace: Pace, clock: ManualClock, units: number, seconds: number): Promise<number[]> {
  let sum = 0;
  const stop = new AbortController();
  const work = (async () => {
    while (!stop.signal.aborted) {
      await pace.take(units);
      sum += units;
      if (units === 0) break;
    }
  })();
  const sums: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    for (let step = 0; step < 100; step += 1) await clock.advance(10);
    sums.push(sum);
  }
  stop.abort();
  await clock.advance(60_000);
  await work;
  return sums;
}

test.each([1, 7, 50])('in steps of %d it keeps its rate', async (units) => {
  const clock = new ManualClock();
  const sums = await taken(new Pace(clock, 100, never), clock, units, 5);
  sums.forEach((sum, index) => {
    const allowed = 100 * (index + 1);
    // What may be made up for behind a pause, and the step that has just begun.
    expect(sum).toBeLessThanOrEqual(allowed + 10 + units);
    expect(sum).toBeGreaterThanOrEqual(allowed - units);
  });
});

test('who took much is followed by a long wait', async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, 100, never);
  await pace.take(1_000);
  let isNext = false;
  const next = pace.take(1).then(() => (isNext = true));
  await clock.advance(9_000);
  expect(isNext).toBe(false);
  await clock.advance(2_000);
  await next;
  expect(isNext).toBe(true);
});

test('without a limit it never waits', async () => {
  const pace = new Pace(new ManualClock(), Number.POSITIVE_INFINITY, never);
  for (let turn = 0; turn < 1_000; turn += 1) await pace.take(1_000_000);
});

test('a pause is not made up for', async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, 100, never);
  await clock.advance(60_000);
  const sums = await taken(pace, clock, 1, 1);
  expect(sums[0]).toBeLessThanOrEqual(112);
});

test('a wait ends with the signal', async () => {
  const stop = new AbortController();
  const pace = new Pace(new ManualClock(), 1, stop.signal);
  await pace.take(100);
  const waiting = pace.take(1);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(pace.take(1)).rejects.toThrow('enough');
});
