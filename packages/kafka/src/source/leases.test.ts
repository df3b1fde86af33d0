import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SplitLease } from '@millrace/core';
import { HeldLease, Leases, splitOf } from './leases.js';

const lease = (epoch: number): SplitLease => ({ id: 't-0', epoch, startPosition: 10 });
const offsets = (found: ReturnType<Leases['settle']>): number[] => found.map(({ offset }) => offset);

describe('leases', () => {
  let leases: Leases;
  let held: HeldLease;
  beforeEach(() => {
    leases = new Leases();
    held = new HeldLease(lease(1), splitOf('t', 0), 10, 10);
    leases.take(held);
  });

  test('what is settled is to be committed, once it is more than what was', () => {
    held.handOver(500);
    expect(offsets(leases.settle(new Map([[held.lease, 10]])))).toEqual([]);
    expect(offsets(leases.settle(new Map([[held.lease, 200]])))).toEqual([200]);
    held.committed = 200;
    expect(offsets(leases.settle(new Map([[held.lease, 200]])))).toEqual([]);
  });

  test('the start is committed where the group has no offset at all', () => {
    const fresh = new HeldLease(lease(2), splitOf('t', 0), 0, undefined);
    leases.take(fresh);
    expect(offsets(leases.settle(new Map([[fresh.lease, 0]])))).toEqual([0]);
  });

  test('markers behind the last record are committed with it, never before it', () => {
    held.handOver(20);
    held.seen = 25;
    expect(offsets(leases.settle(new Map([[held.lease, 19]])))).toEqual([19]);
    expect(offsets(leases.settle(new Map([[held.lease, 20]])))).toEqual([25]);
  });

  test('a lease of an older assignment is left out', () => {
    leases.release(held);
    const next = new HeldLease(lease(2), splitOf('t', 0), 10, 10);
    leases.take(next);
    expect(leases.settle(new Map([[held.lease, 99]]))).toEqual([]);
    expect(leases.isCurrent(held)).toBe(false);
    expect(leases.current(lease(2))).toBe(next);
    expect(leases.current(lease(1))).toBeUndefined();
    leases.release(held);
    expect(leases.find('t', 0)).toBe(next);
  });

  test('what was settled is remembered when a lease is given up, acknowledged by the brokers or not', () => {
    expect(leases.settledBefore(held.split)).toBeUndefined();
    held.handOver(60);
    held.seen = 61;
    leases.settle(new Map([[held.lease, 60]]));
    leases.release(held);
    expect(leases.settledBefore(held.split)).toBe(61);
    expect(leases.size).toBe(0);
  });

  test('positions do not go back', () => {
    held.handOver(60);
    leases.settle(new Map([[held.lease, 50]]));
    leases.settle(new Map([[held.lease, 40]]));
    expect(held.settled).toBe(50);
  });

  test('is drained when what it began at, or what is committed, is at the end', () => {
    expect(held.drainedUpTo(10)).toBe(true);
    expect(held.drainedUpTo(11)).toBe(false);
    held.committed = 11;
    expect(held.drainedUpTo(11)).toBe(true);
  });
});
