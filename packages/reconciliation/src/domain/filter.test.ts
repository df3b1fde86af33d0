import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { request } from '../test-support/records.js';
import { completionTime } from './completion.js';
import { decideFilter } from './filter.js';
import type { EnrolmentRow } from './model.js';
import type { Requests } from './requests.js';

const row = (over: Partial<EnrolmentRow> = {}): EnrolmentRow => ({
  status: 1,
  completedon: null,
  certificateCount: 0,
  lastWrite: 0n,
  ...over,
});
const completed = (completedon: number | null, certificateCount = 0): EnrolmentRow =>
  row({ status: 2, completedon, certificateCount });
const group = (...times: [number, ...number[]]): Requests =>
  times.map((time, index) => request(time, index)) as unknown as Requests;
const on = { filterCompleted: true, certificateRecovery: false };
const recovering = { filterCompleted: true, certificateRecovery: true };
const off = { filterCompleted: false, certificateRecovery: false };
const every = [on, recovering, off, { filterCompleted: false, certificateRecovery: true }];

describe('decideFilter', () => {
  test('no row: skipped, whatever the options', () => {
    for (const options of every) {
      expect(decideFilter(undefined, group(1), options)).toEqual({ kind: 'skip', reason: 'no enrolment' });
    }
  });

  test.each([null, 0, 1, 3, -1])('status %p is recomputed, also with a completedon that equals the time', (status) => {
    for (const options of every) {
      const stored = row({ status, completedon: 5 });
      expect(decideFilter(stored, group(5), options)).toEqual({ kind: 'recompute', row: stored });
    }
  });

  test('completed at the time of a request: a replay, whatever the options', () => {
    for (const options of every) {
      expect(decideFilter(completed(5, 1), group(5), options)).toMatchObject({
        kind: 'replay',
        completedon: 5,
        others: [],
      });
    }
  });

  test('completed at 0 is a replay of a request of 0', () => {
    expect(decideFilter(completed(0), group(0), on)).toMatchObject({ kind: 'replay', completedon: 0 });
  });

  test('filter on: a replay settles the whole group', () => {
    const requests = group(4, 5, 6);
    expect(decideFilter(completed(5), requests, on)).toMatchObject({ replayed: requests, others: [] });
  });

  test('filter off: a replay settles the requests of its time, the others are recomputed', () => {
    const requests = group(4, 5, 6, 5);
    expect(decideFilter(completed(5), requests, off)).toMatchObject({
      kind: 'replay',
      replayed: [requests[1], requests[3]],
      others: [requests[0], requests[2]],
    });
  });

  test('filter on: completed at another time is skipped, also with no completedon', () => {
    expect(decideFilter(completed(5), group(6), on)).toEqual({ kind: 'skip', reason: 'completed' });
    expect(decideFilter(completed(null), group(6), on)).toEqual({ kind: 'skip', reason: 'completed' });
  });

  test('filter off: completed at another time is recomputed', () => {
    expect(decideFilter(completed(5), group(6), off).kind).toBe('recompute');
    expect(decideFilter(completed(null), group(6), off).kind).toBe('recompute');
  });

  test('recovery: only with the filter on, a completedon and no certificate', () => {
    expect(decideFilter(completed(5), group(6), recovering)).toEqual({ kind: 'recover', completedon: 5 });
    expect(decideFilter(completed(5, 1), group(6), recovering).kind).toBe('skip');
    expect(decideFilter(completed(null), group(6), recovering).kind).toBe('skip');
    expect(decideFilter(completed(5), group(6), { ...off, certificateRecovery: true }).kind).toBe('recompute');
  });

  test('every request of a replayed group is in exactly one of its parts, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1 }), fc.constantFrom(...every), (times, options) => {
        const requests = group(...(times as [number, ...number[]]));
        const decision = decideFilter(completed(2), requests, options);
        expect(decision.kind === 'replay').toBe(times.includes(2));
        if (decision.kind !== 'replay') return;
        const parts = [...decision.replayed, ...decision.others].map((each) => each.record.offset);
        expect(parts.toSorted((a, b) => a - b)).toEqual(requests.map((each) => each.record.offset));
        for (const each of decision.others) expect(each.time).not.toBe(2);
      }),
    );
  });
});

describe('completionTime', () => {
  test('is the time of the request, written', () => {
    expect(completionTime(row(), 7)).toEqual({ completedon: 7, write: 7 });
    expect(completionTime(row({ status: null, completedon: 3 }), 7)).toEqual({ completedon: 7, write: 7 });
    expect(completionTime(completed(null), 7)).toEqual({ completedon: 7, write: 7 });
  });

  test('a completed row keeps its own', () => {
    expect(completionTime(completed(3), 7)).toEqual({ completedon: 3, write: undefined });
    expect(completionTime(completed(0), 7)).toEqual({ completedon: 0, write: undefined });
  });
});
