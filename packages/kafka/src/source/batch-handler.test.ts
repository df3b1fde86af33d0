import { beforeEach, describe, expect, test } from '@jest/globals';
import type { EachBatchPayload } from 'kafkajs';
import type { SourceChunk, ConsumerRecord, SplitLease } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import fc from 'fast-check';
import { FakeHost } from '../../test/fake-host.js';
import { BatchHandler } from './batch-handler.js';
import { Heartbeat } from './heartbeat.js';
import { HeldLease, Leases, splitOf } from './leases.js';

describe('a batch on its way to the runtime', () => {
  let host: FakeHost;
  let leases: Leases;
  let held: HeldLease;
  let handler: BatchHandler;
  let isTaking: boolean;
  let sought: string[];
  let resolved: string[];
  let paused: number;
  let heartbeat: Heartbeat;

  const take = (epoch: number, start: number): HeldLease => {
    const lease: SplitLease = { id: 't-0', epoch, startPosition: start };
    const next = new HeldLease(lease, splitOf('t', 0), start, start);
    leases.take(next);
    return next;
  };

  beforeEach(() => {
    host = new FakeHost();
    leases = new Leases();
    isTaking = true;
    sought = [];
    resolved = [];
    paused = 0;
    heartbeat = new Heartbeat({
      clock: new ManualClock(),
      intervalMs: 1_000,
      stallTimeoutMs: 1_000,
      beat: async () => undefined,
      onStall: () => undefined,
    });
    handler = new BatchHandler({
      host,
      leases,
      heartbeat,
      consumer: { seek: ({ offset }) => sought.push(offset) },
      isTaking: () => isTaking,
    });
    held = take(1, 0);
  });

  const payload = (
    offsets: readonly number[],
    fetchedOffset: number,
    lastOffset = offsets[offsets.length - 1]!,
  ): EachBatchPayload =>
    ({
      batch: {
        topic: 't',
        partition: 0,
        highWatermark: String(lastOffset + 5),
        fetchedOffset: String(fetchedOffset),
        messages: offsets.map((offset) => ({
          offset: String(offset),
          timestamp: '-1',
          key: null,
          value: null,
          headers: {},
        })),
        lastOffset: () => String(lastOffset),
      },
      resolveOffset: (offset: string) => resolved.push(offset),
      isStale: () => false,
      pause: () => {
        paused++;
        return () => undefined;
      },
    }) as unknown as EachBatchPayload;
  const chunksOf = (): SourceChunk<ConsumerRecord>[] => {
    const chunks: SourceChunk<ConsumerRecord>[] = [];
    host.push = async (_lease, chunk) => void chunks.push(chunk);
    return chunks;
  };
  const count = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => from + i);
  const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('is cut into chunks of at most 500; the last one ends behind the markers that follow', async () => {
    const chunks = chunksOf();
    await handler.handle(payload(count(1_200), 0, 1_204));
    expect(chunks.map(({ records }) => records.length)).toEqual([500, 500, 200]);
    expect(chunks.map(({ nextPosition }) => nextPosition)).toEqual([500, 1000, 1205]);
    expect(resolved).toEqual(['499', '999', '1199']);
    expect([held.handed, held.end]).toEqual([1205, 1209]);
  });

  test('property: all records once and in order, whatever the gaps; positions grow', async () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 1_500 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.nat(9), async (steps, tail) => {
        const chunks = chunksOf();
        let offset = -1;
        const offsets = steps.map((step) => (offset += step));
        held = take(2, 0);
        await handler.handle(payload(offsets, 0, offset + tail));
        expect(chunks.flatMap(({ records }) => records.map(({ position }) => position))).toEqual(offsets);
        for (const { records, nextPosition } of chunks) {
          expect(records.length).toBeLessThanOrEqual(500);
          expect(nextPosition).toBeGreaterThan(records[records.length - 1]!.position);
        }
        expect(chunks[chunks.length - 1]!.nextPosition).toBe(offset + tail + 1);
      }),
      { numRuns: 30 },
    );
  });

  test('waits for each chunk before the next one', async () => {
    const waiting: (() => void)[] = [];
    host.push = () => new Promise<void>((resolve) => waiting.push(resolve));
    const done = handler.handle(payload(count(1_200), 0));
    await turns();
    expect([waiting.length, handler.size]).toEqual([1, 1]);
    waiting[0]!();
    await turns();
    expect([waiting.length, resolved]).toEqual([2, ['499']]);
    waiting[1]!();
    await turns();
    waiting[2]!();
    await done;
    expect(handler.size).toBe(0);
  });

  test("a rebalance ends handlers with kafkajs's own error, those that begin later too, until the member has joined", async () => {
    host.push = () => new Promise<void>(() => undefined);
    const done = handler.handle(payload(count(10), 0));
    const error = Object.assign(new Error('rebalancing'), { type: 'REBALANCE_IN_PROGRESS' });
    handler.interrupt(error);
    await expect(done).rejects.toBe(error);
    await expect(handler.handle(payload(count(10), 0))).rejects.toBe(error);
    expect(resolved).toEqual([]);
    handler.resume();
    host.push = async () => undefined;
    held = take(2, 0);
    await handler.handle(payload(count(10), 0));
    expect(resolved).toEqual(['9']);
  });

  test('a lease that was given up ends its handler, without an error and without resolving', async () => {
    host.push = () => new Promise<void>(() => undefined);
    const done = handler.handle(payload(count(10), 0));
    leases.release(held);
    handler.wake();
    await done;
    expect(resolved).toEqual([]);
  });

  test('nothing is handed over without a lease, after the intake has stopped, and when the position was sought', async () => {
    const chunks = chunksOf();
    isTaking = false;
    await handler.handle(payload(count(10), 0));
    isTaking = true;
    await handler.handle({ ...payload(count(10), 0), isStale: () => true });
    leases.release(held);
    await handler.handle(payload(count(10), 0));
    expect(chunks).toEqual([]);
  });

  test('a batch of an older assignment, further on, is dropped and its place sought again', async () => {
    const chunks = chunksOf();
    await handler.handle(payload(count(10, 300), 300));
    expect([chunks.length, sought]).toEqual([0, ['0']]);
    expect(host.failures).toEqual([]);
  });

  test('markers at the end that were passed over are not fetched again for a batch of an older assignment', async () => {
    chunksOf();
    held.seen = 40;
    await handler.handle(payload(count(10, 300), 300));
    expect(sought).toEqual(['40']);
  });

  test('a lease is busy while a batch of it is handed over', async () => {
    let release = (): void => undefined;
    host.push = () => new Promise<void>((resolve) => (release = resolve));
    const done = handler.handle(payload(count(10), 0));
    await turns();
    expect(handler.isBusy(held)).toBe(true);
    release();
    await done;
    expect(handler.isBusy(held)).toBe(false);
  });

  test('a log that was made anew fails the attempt, and nothing of it is skipped', async () => {
    const chunks = chunksOf();
    held.handOver(500);
    await handler.handle(payload(count(10), 0));
    expect(chunks).toEqual([]);
    expect(host.failures).toMatchObject([{ code: 'ERR_KAFKA_LOG_REWOUND' }]);
    expect(paused).toBe(1);
  });

  test('a position that kafkajs no longer knows is not worth an error', async () => {
    chunksOf();
    const late = payload(count(10), 0);
    late.resolveOffset = () => {
      throw new TypeError("Cannot set properties of undefined (setting '0')");
    };
    await handler.handle(late);
    expect(host.failures).toEqual([]);
  });

  test('a runtime that rejects fails the attempt; kafkajs sees nothing of it', async () => {
    host.push = () => Promise.reject(new TypeError('against the contract'));
    await handler.handle(payload(count(10), 0));
    expect(host.failures).toMatchObject([{ message: 'against the contract' }]);
  });
});
