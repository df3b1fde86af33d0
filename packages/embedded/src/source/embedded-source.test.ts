import { describe, expect, jest, test } from '@jest/globals';
import type {
  ConsumerRecord,
  SourceChunk,
  SourceHost,
  SourceReader,
  SplitAssignment,
  SplitLease,
} from '@millrace/core';
import { InMemoryMetrics, silentLogger, systemClock } from '@millrace/core';
import { TemporaryStores } from '../../test/temporary-store.js';
import type { EmbeddedStore } from '../store.js';
import { embeddedSource } from './embedded-source.js';
import type { EmbeddedSourceOptions } from './embedded-source.js';

jest.setTimeout(30_000);

const stores = new TemporaryStores();

/** A host that keeps what is pushed and gives credit when the test says so. */
class Host implements SourceHost<ConsumerRecord> {
  readonly jobName = 'job';
  readonly clock = systemClock;
  readonly logger = silentLogger;
  readonly metrics = new InMemoryMetrics();
  readonly abort = new AbortController();
  readonly signal = this.abort.signal;
  readonly assigned: SplitAssignment[] = [];
  readonly leases: SplitLease[] = [];
  readonly pushed: { readonly split: string; readonly chunk: SourceChunk<ConsumerRecord> }[] = [];
  readonly failures: unknown[] = [];
  /** Splits whose pushes wait for `giveCredit`. */
  readonly held = new Set<string>();
  startPosition: number | undefined;
  #waiting = new Map<string, () => void>();

  assign(splits: readonly SplitAssignment[]): Promise<readonly SplitLease[]> {
    this.assigned.push(...splits);
    this.leases.push(
      ...splits.map(({ id, position }) => ({ id, epoch: 1, startPosition: this.startPosition ?? position })),
    );
    return Promise.resolve(this.leases);
  }

  push(lease: SplitLease, chunk: SourceChunk<ConsumerRecord>): Promise<void> {
    expect(this.#waiting.has(lease.id)).toBe(false);
    this.pushed.push({ split: lease.id, chunk });
    if (!this.held.has(lease.id)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(lease.id, resolve));
  }

  giveCredit(split: string): void {
    this.#waiting.get(split)!();
    this.#waiting.delete(split);
  }

  revoke(): Promise<void> {
    return Promise.resolve();
  }

  finish(): void {}

  lose(): void {}

  missed(): void {}

  fail(error: unknown): void {
    this.failures.push(error);
  }

  offsets(split: string): number[] {
    return this.pushed
      .filter((one) => one.split === split)
      .flatMap((one) => one.chunk.records.map((record) => record.position));
  }

  settled(): Map<SplitLease, number> {
    return new Map(this.leases.map((lease) => [lease, this.offsets(lease.id).length]));
  }
}

/** Lets every loop of the source run as far as it can. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

async function append(store: EmbeddedStore, partition: number, count: number): Promise<void> {
  await store.log.append(
    't',
    Array.from({ length: count }, () => ({ key: null, value: 'v', partition })),
  );
}

async function storeWith(...counts: number[]): Promise<EmbeddedStore> {
  const store = await stores.open();
  await store.log.createTopic('t', counts.length);
  for (const [partition, count] of counts.entries()) await append(store, partition, count);
  return store;
}

async function openSource(
  store: EmbeddedStore,
  host: Host,
  options: Partial<EmbeddedSourceOptions> = {},
): Promise<SourceReader> {
  const reader = await embeddedSource({ store, topic: 't', groupId: 'g', ...options }).open(host);
  await turns();
  return reader;
}

describe('the embedded source', () => {
  test('all partitions are read from their beginning, in chunks of at most 500', async () => {
    const host = new Host();
    const reader = await openSource(await storeWith(1200, 3, 0), host);
    expect(host.assigned.map(({ id, position }) => [id, position])).toEqual([
      ['t-0', 0],
      ['t-1', 0],
      ['t-2', 0],
    ]);
    expect(host.offsets('t-0')).toEqual(range(0, 1200));
    expect(host.offsets('t-1')).toEqual([0, 1, 2]);
    expect(Math.max(...host.pushed.map(({ chunk }) => chunk.records.length))).toBe(500);
    expect(host.pushed.map(({ chunk }) => chunk.nextPosition)).toEqual([500, 3, 1000, 1200]);
    await reader.close();
  });

  test('a split that gives no credit holds back itself alone, and gets its next chunk when it does', async () => {
    const host = new Host();
    host.held.add('t-0');
    const reader = await openSource(await storeWith(1200, 1200), host);
    expect(host.offsets('t-0')).toEqual(range(0, 500));
    expect(host.offsets('t-1')).toEqual(range(0, 1200));
    host.giveCredit('t-0');
    await turns();
    expect(host.offsets('t-0')).toEqual(range(0, 1000));
    await reader.close();
  });

  test('partitions take turns', async () => {
    const host = new Host();
    const reader = await openSource(await storeWith(1500, 1500, 1500), host);
    expect(host.pushed.map(({ split }) => split)).toEqual(range(0, 9).map((n) => `t-${String(n % 3)}`));
    await reader.close();
  });

  test('records that are appended later are pushed without anybody asking', async () => {
    const host = new Host();
    const store = await storeWith(1, 0);
    const reader = await openSource(store, host);
    expect(host.pushed).toHaveLength(1);
    await append(store, 1, 2);
    await append(store, 0, 1);
    await turns();
    expect([host.offsets('t-0'), host.offsets('t-1')]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    await reader.close();
  });

  test('reading goes on from the committed offsets, and from a lease that knows better', async () => {
    const store = await storeWith(10, 10);
    const first = new Host();
    const reader = await openSource(store, first);
    await reader.commit(
      new Map([
        [first.leases[0]!, 7],
        [{ id: 't-1', epoch: 0, startPosition: 0 }, 9],
      ]),
    );
    await reader.close();
    const second = new Host();
    await (await openSource(store, second)).close();
    expect([second.offsets('t-0'), second.offsets('t-1')]).toEqual([range(7, 10), range(0, 10)]);
    const third = new Host();
    third.startPosition = 4;
    await (await openSource(store, third)).close();
    expect(third.offsets('t-0')).toEqual(range(4, 10));
  });

  test('a new group may begin at the end', async () => {
    const store = await storeWith(5);
    const host = new Host();
    const reader = await openSource(store, host, { autoOffsetReset: 'latest' });
    await reader.captureEnd();
    expect(await reader.isDrained(new Map())).toBe(true);
    await append(store, 0, 1);
    await turns();
    expect(host.offsets('t-0')).toEqual([5]);
    await reader.close();
  });

  test('drained means: everything before the captured end is settled, here or by a commit before', async () => {
    const store = await storeWith(600, 2, 0);
    const host = new Host();
    host.held.add('t-0');
    const reader = await embeddedSource({ store, topic: 't', groupId: 'g' }).open(host);
    await reader.captureEnd();
    expect(await reader.isDrained(new Map())).toBe(false);
    await turns();
    expect(await reader.isDrained(host.settled())).toBe(false);
    await append(store, 1, 1);
    host.giveCredit('t-0');
    await turns();
    expect(host.offsets('t-0')).toHaveLength(600);
    expect(
      await reader.isDrained(
        new Map([
          [host.leases[0]!, 600],
          [host.leases[1]!, 1],
        ]),
      ),
    ).toBe(false);
    expect(
      await reader.isDrained(
        new Map([
          [host.leases[0]!, 600],
          [host.leases[1]!, 2],
        ]),
      ),
    ).toBe(true);
    await reader.close();
    await store.groups.commit(
      'g',
      't',
      new Map([
        [0, 600],
        [1, 3],
      ]),
    );
    const again = await openSource(store, new Host());
    await again.captureEnd();
    expect(await again.isDrained(new Map())).toBe(true);
    await again.close();
  });

  test('after stopIntake or an abort nothing is pushed any more, but commits still work', async () => {
    const store = await storeWith(1200);
    for (const stop of ['stopIntake', 'abort'] as const) {
      const host = new Host();
      host.held.add('t-0');
      const reader = await openSource(store, host);
      if (stop === 'abort') host.abort.abort(new Error('cancelled'));
      else await reader.stopIntake();
      host.giveCredit('t-0');
      await append(store, 0, 1);
      await turns();
      expect(host.offsets('t-0')).toEqual(range(0, 500));
      await reader.commit(new Map([[host.leases[0]!, 0]]));
      await reader.close();
      expect(host.failures).toEqual([]);
    }
  });

  test('a missing topic is said when the source is opened', async () => {
    const store = await storeWith(0);
    const opened = embeddedSource({ store, topic: 'dev.requests', groupId: 'g' }).open(new Host());
    await expect(opened).rejects.toMatchObject({
      code: 'ERR_TOPIC_MISSING',
      message: expect.stringContaining('topic "dev.requests" does not exist in /') as unknown as string,
    });
  });
});
