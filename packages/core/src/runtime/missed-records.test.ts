import { expect, test } from '@jest/globals';
import { MissedRecords } from './missed-records.js';

test('what is gone is counted once, also where an attempt finds it again and more of it', () => {
  const missed = new MissedRecords();
  expect([missed.add('t-0', 10, 30), missed.add('t-0', 10, 30), missed.add('t-0', 10, 45)]).toEqual([20, 0, 15]);
  expect([missed.add('t-0', 40, 42), missed.add('t-0', 60, 61)]).toEqual([0, 1]);
  expect(missed.total).toBe(36);
});

test('each split has its own positions, and an empty range is none', () => {
  const missed = new MissedRecords();
  expect([missed.add('t-0', 0, 5), missed.add('t-1', 0, 5), missed.add('t-2', 7, 7)]).toEqual([5, 5, 0]);
  expect(missed.total).toBe(10);
});
