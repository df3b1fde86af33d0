import { expect, test } from '@jest/globals';
import { StopDeadline } from './stop-deadline.js';

test('draining, and waiting for what comes behind it, end within the stop timeout', () => {
  const deadline = new StopDeadline(25_000, () => 0);
  expect([deadline.drainMs, deadline.lateMs]).toEqual([22_000, 24_000]);
});

test('of a short timeout a quarter is left for closing', () => {
  const deadline = new StopDeadline(8_000, () => 0);
  expect(deadline.drainMs).toBe(6_000);
  expect(deadline.lateMs).toBeGreaterThan(6_000);
  expect(deadline.lateMs).toBeLessThan(8_000);
});

test('closing gets what is left of the timeout, a moment where nothing is left', () => {
  let now = 1_000;
  const deadline = new StopDeadline(10_000, () => now);
  expect(deadline.closeMs).toBe(3_000);
  deadline.begin();
  expect(deadline.closeMs).toBe(3_000);
  now = 9_800;
  expect(deadline.closeMs).toBe(1_200);
  now = 60_000;
  expect(deadline.closeMs).toBe(250);
});

test('the first request counts', () => {
  let now = 0;
  const deadline = new StopDeadline(10_000, () => now);
  deadline.begin();
  now = 9_000;
  deadline.begin();
  expect(deadline.closeMs).toBe(1_000);
});

test('a timeout of nothing still lets a job end that has nothing in hand', () => {
  const deadline = new StopDeadline(0, () => 0);
  expect([deadline.drainMs, deadline.lateMs]).toEqual([0, 3_000]);
});
