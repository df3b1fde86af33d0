import assert from 'node:assert/strict';
import type { Source } from '../../connector/source.js';
import { Patience } from './patience.js';
import type { ConformanceCase } from '../conformance-case.js';
import { SourceHarness } from './source-harness.js';
import type { SourceHarnessOptions } from './source-harness.js';

/** A place that a source reads from, made for one check. */
export interface SourceWorld<T> {
  /** A source on this place; asked for anew for every opening, as after a restart. */
  source(): Source<T>;
  /** Puts `count` further elements where the source finds them. */
  add(count: number): Promise<void>;
  /** Removes the place. */
  close?(): Promise<void>;
}

/** What the suite needs to know of a source. */
export interface SourceConformanceOptions<T> {
  /** A fresh place without elements. */
  create(): Promise<SourceWorld<T>>;
  /** A text that tells an element from every other of its place. */
  idOf(value: T): string;
  /** Elements are there before the source is opened, or never (a collection, a file that is read once). @default false */
  readonly isFixed?: boolean;
  /** Milliseconds after which a check is given up. @default 30000 */
  readonly timeoutMs?: number;
  /** Milliseconds in which what should not come is waited for. @default 20 */
  readonly quietMs?: number;
}

/**
 * Checks that hold for every `Source`: order, positions, credit, restarts, commits, ends. Give each to your test runner.
 * After Redpanda Connect's stream tests (open and close, at least once over a reopening, saturated and unacknowledged,
 * capture of a checkpoint).
 *
 * @example
 * ```ts
 * import { collectionSource } from '@millrace/core';
 * import { sourceConformance } from '@millrace/core/testing';
 *
 * const checks = sourceConformance<number>({
 *   isFixed: true,
 *   idOf: String,
 *   create: async () => {
 *     const elements: number[] = [];
 *     return {
 *       source: () => collectionSource(elements),
 *       add: async (count) => void elements.push(...Array.from({ length: count }, (_, n) => elements.length + n)),
 *     };
 *   },
 * });
 * for (const { run } of checks) await run(); // with a test runner: test(name, run)
 * checks.length; // => 10
 * ```
 */
export function sourceConformance<T>(options: SourceConformanceOptions<T>): readonly ConformanceCase[] {
  return sourceChecks.map(({ name, run }) => ({
    name,
    run: async () => {
      const bench = new Bench(options, await options.create());
      try {
        await run(bench);
      } finally {
        await bench.close();
      }
    },
  }));
}

/** One check's place, and the harnesses that it opened there. */
class Bench<T> {
  readonly world: SourceWorld<T>;
  readonly patience: Patience;
  readonly isFixed: boolean;
  readonly #options: SourceConformanceOptions<T>;
  readonly #open = new Set<SourceHarness<T>>();

  constructor(options: SourceConformanceOptions<T>, world: SourceWorld<T>) {
    this.#options = options;
    this.world = world;
    this.patience = new Patience(options.timeoutMs, options.quietMs);
    this.isFixed = options.isFixed ?? false;
  }

  get isBounded(): boolean {
    return this.world.source().isBounded ?? false;
  }

  get keepsPositions(): boolean {
    return this.world.source().keepsPositions ?? true;
  }

  async open(options: SourceHarnessOptions = {}): Promise<SourceHarness<T>> {
    const harness = await SourceHarness.open(this.world.source(), options);
    this.#open.add(harness);
    return harness;
  }

  ids(harness: SourceHarness<T>): string[] {
    return harness.taken.map(({ value }) => this.#options.idOf(value));
  }

  /** Waits until so many were handed over, and a little for what should not come behind them. */
  async taken(harness: SourceHarness<T>, count: number): Promise<void> {
    await this.patience.until(
      () => harness.taken.length >= count || harness.failures.length > 0,
      () => `${String(count)} elements, ${String(harness.taken.length)} came; ${harness.problems().join('; ')}`,
    );
    await this.patience.quiet();
    assert.deepEqual(harness.problems(), []);
    assert.equal(harness.taken.length, count, 'number of elements handed over');
  }

  async shut(harness: SourceHarness<T>): Promise<void> {
    this.#open.delete(harness);
    await this.patience.within(harness.close(), 'close');
  }

  async close(): Promise<void> {
    for (const harness of [...this.#open]) await this.shut(harness);
    await this.world.close?.();
  }
}

const sourceChecks: readonly { readonly name: string; readonly run: (bench: Bench<unknown>) => Promise<void> }[] = [
  {
    name: 'opens and closes where there is nothing to read',
    run: async (bench) => {
      const harness = await bench.open();
      await bench.patience.quiet();
      assert.deepEqual(harness.taken, []);
      await bench.shut(harness);
      assert.deepEqual(harness.problems(), []);
    },
  },
  {
    name: 'hands every element over once, in chunks and positions that keep the rules',
    run: async (bench) => {
      await bench.world.add(1_200);
      const harness = await bench.open();
      await bench.taken(harness, 1_200);
      assert.equal(new Set(bench.ids(harness)).size, 1_200, 'different elements');
    },
  },
  {
    name: 'finds what is added while it is open',
    run: async (bench) => {
      if (bench.isFixed) return;
      const harness = await bench.open();
      await bench.world.add(3);
      await bench.taken(harness, 3);
      await bench.world.add(2);
      await bench.taken(harness, 5);
    },
  },
  {
    name: 'begins at the position of the lease: any place of a checkpoint leads to the rest, exactly',
    run: async (bench) => {
      await bench.world.add(40);
      const first = await bench.open();
      await bench.taken(first, 40);
      await bench.shut(first);
      for (const share of [0.25, 0.75, 1]) {
        const startPositions = new Map<string, number>();
        const expected: string[] = [];
        for (const split of new Set(first.taken.map((record) => record.split))) {
          const ofSplit = first.taken.filter((record) => record.split === split);
          const rest = ofSplit.slice(Math.floor(ofSplit.length * share));
          startPositions.set(split, rest[0]?.position ?? first.settled().get(leaseOf(first, split)) ?? 0);
          expected.push(...rest.map((record) => `${split}@${String(record.position)}`));
        }
        const second = await bench.open({ startPositions });
        await bench.taken(second, expected.length);
        const places = second.taken.map(({ split, position }) => `${split}@${String(position)}`);
        assert.deepEqual(places.sort(), expected.sort());
        await bench.shut(second);
      }
    },
  },
  {
    name: 'goes on behind what was committed when it is opened again: the rest comes again, nothing is lost',
    run: async (bench) => {
      if (!bench.keepsPositions) return;
      await bench.world.add(40);
      const first = await bench.open();
      await bench.taken(first, 40);
      const positions = new Map(
        first.leases.map((lease) => {
          const ofSplit = first.taken.filter(({ split }) => split === lease.id);
          return [lease, ofSplit[Math.floor(ofSplit.length / 2)]?.position ?? lease.startPosition ?? 0] as const;
        }),
      );
      await first.reader.commit(positions);
      const expected = first.taken
        .filter(({ split, position }) => position >= (positions.get(leaseOf(first, split)) ?? 0))
        .map(({ split, position }) => `${split}@${String(position)}`);
      await bench.shut(first);
      const second = await bench.open();
      await bench.taken(second, expected.length);
      const places = second.taken.map(({ split, position }) => `${split}@${String(position)}`);
      assert.deepEqual(places.sort(), expected.sort());
    },
  },
  {
    name: 'commits nothing for a lease that is no longer current',
    run: async (bench) => {
      await bench.world.add(10);
      const first = await bench.open();
      await bench.taken(first, 10);
      const stale = first.leases.map((lease) => [{ ...lease, epoch: lease.epoch - 1_000_000 }, 5] as const);
      await first.reader.commit(new Map(stale));
      await bench.shut(first);
      const second = await bench.open();
      await bench.taken(second, 10);
    },
  },
  {
    name: 'waits for credit: saturated and unacknowledged it hands over one chunk of a split, and goes on later',
    run: async (bench) => {
      await bench.world.add(3_000);
      const harness = await bench.open({ isHeld: true });
      await bench.patience.until(() => harness.taken.length > 0, 'a first chunk');
      await bench.patience.quiet();
      const mostOfSplit = Math.max(
        ...harness.leases.map((lease) => harness.taken.filter(({ split }) => split === lease.id).length),
      );
      assert.ok(mostOfSplit <= 500, `${String(mostOfSplit)} records of one split without credit`);
      harness.release();
      await bench.taken(harness, 3_000);
    },
  },
  {
    name: 'hands nothing over after stopIntake, and commits still work',
    run: async (bench) => {
      await bench.world.add(2_000);
      const harness = await bench.open({ isHeld: true });
      await bench.patience.until(() => harness.taken.length > 0, 'a first chunk');
      await harness.reader.stopIntake();
      const taken = harness.taken.length;
      harness.release();
      await bench.patience.quiet();
      assert.equal(harness.taken.length, taken, 'number of elements after stopIntake');
      await harness.commit();
      await bench.shut(harness);
      assert.deepEqual(harness.problems(), []);
    },
  },
  {
    name: 'is drained when what stood there is settled, not before; what comes later does not count',
    run: async (bench) => {
      await bench.world.add(10);
      const harness = await bench.open({ isHeld: true });
      await harness.reader.captureEnd();
      assert.equal(await harness.reader.isDrained(new Map()), false, 'drained before anything is settled');
      if (!bench.isFixed) await bench.world.add(1);
      harness.release();
      await bench.taken(harness, bench.isFixed ? 10 : 11);
      await bench.patience.until(async () => {
        await harness.commit();
        return await harness.reader.isDrained(harness.settled());
      }, 'drained');
    },
  },
  {
    name: 'ends when it is aborted or closed, at any moment; finishes bounded splits once and others never',
    run: async (bench) => {
      await bench.world.add(10);
      const whole = await bench.open();
      await bench.taken(whole, 10);
      if (bench.isBounded) {
        await bench.patience.until(() => whole.finished.length === whole.assigned.length, 'every split is finished');
      }
      assert.equal(whole.finished.length, bench.isBounded ? whole.assigned.length : 0, 'finished splits');
      await bench.shut(whole);
      assert.deepEqual(whole.problems(), []);
      const aborted = await bench.open({ isHeld: true, startPositions: firstPositions(whole) });
      await bench.patience.until(() => aborted.taken.length > 0, 'a first chunk');
      aborted.abort();
      await bench.patience.within(aborted.reader.close(), 'close after an abort, while a push waits');
      const early = await bench.open();
      await bench.shut(early);
      assert.deepEqual([...aborted.problems(), ...early.problems()], []);
    },
  },
];

function leaseOf<T>(harness: SourceHarness<T>, split: string): SourceHarness<T>['leases'][number] {
  const lease = harness.leases.find(({ id }) => id === split);
  assert.ok(lease !== undefined, `a lease of ${split}`);
  return lease;
}

function firstPositions<T>(harness: SourceHarness<T>): ReadonlyMap<string, number> {
  return new Map(
    harness.leases.map(({ id }) => [id, harness.taken.find(({ split }) => split === id)?.position ?? 0] as const),
  );
}
