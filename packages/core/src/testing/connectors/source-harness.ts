import { systemClock } from '../../clock.js';
import type { Clock } from '../../clock.js';
import type {
  Source,
  SourceChunk,
  SourceHost,
  SourceReader,
  SplitAssignment,
  SplitLease,
} from '../../connector/source.js';
import { messageOf } from '../../errors.js';
import { silentLogger } from '../../logger.js';
import { InMemoryMetrics } from '../../metrics.js';

const MAX_CHUNK = 500;

/** How a `SourceHarness` treats its source. */
export interface SourceHarnessOptions {
  /** Split -> where to begin, as from a checkpoint; others begin where the source says. */
  readonly startPositions?: ReadonlyMap<string, number>;
  /** @default the process's own */
  readonly clock?: Clock;
  /** Whether pushes wait from the beginning, until `release`. @default false */
  readonly isHeld?: boolean;
}

/** An element as it was handed over. */
export interface TakenRecord<T> {
  readonly split: string;
  readonly position: number;
  readonly value: T;
  readonly timestamp: number | undefined;
}

let lastEpoch = 0;

/**
 * Runs one source alone, as the runtime would: assigns what it asks for, takes what it hands over, and notes where it
 * breaks its contract. Everything that is taken counts as settled at once.
 *
 * @example
 * ```ts
 * import { collectionSource } from '@millrace/core';
 * import { SourceHarness } from '@millrace/core/testing';
 *
 * const harness = await SourceHarness.open(collectionSource(['a', 'b']));
 * await harness.whenFinished('collection');
 * harness.taken.map(({ value }) => value); // => ['a', 'b']
 * harness.violations; // => []
 * await harness.close();
 * ```
 */
export class SourceHarness<T> implements SourceHost<T> {
  readonly jobName = 'conformance';
  readonly clock: Clock;
  readonly logger = silentLogger;
  readonly metrics = new InMemoryMetrics();
  readonly signal: AbortSignal;
  /** Records in the order in which they were handed over. */
  readonly taken: TakenRecord<T>[] = [];
  /** Broken rules, one line each. */
  readonly violations: string[] = [];
  /** What the source said was gone before it was read. */
  readonly missing: { readonly split: string; readonly from: number; readonly to: number }[] = [];
  /** What the source failed with. */
  readonly failures: unknown[] = [];
  readonly assigned: SplitAssignment[] = [];
  /** Splits that were finished, in that order. */
  readonly finished: string[] = [];
  /** Set by `open`. */
  reader!: SourceReader;
  readonly #abort = new AbortController();
  readonly #options: SourceHarnessOptions;
  readonly #leases = new Map<SplitLease, { next: number | undefined; isPushing: boolean; isFinished: boolean }>();
  #isHeld: boolean;
  #waiting: (() => void)[] = [];
  #whenFinished: { readonly split: string; resolve(): void }[] = [];

  private constructor(options: SourceHarnessOptions) {
    this.#options = options;
    this.#isHeld = options.isHeld ?? false;
    this.clock = options.clock ?? systemClock;
    this.signal = this.#abort.signal;
  }

  /** Opens the source. @throws what it throws */
  static async open<T>(source: Source<T>, options: SourceHarnessOptions = {}): Promise<SourceHarness<T>> {
    const harness = new SourceHarness<T>(options);
    harness.reader = await source.open(harness);
    return harness;
  }

  /** Leases that are held now. */
  get leases(): readonly SplitLease[] {
    return [...this.#leases.keys()];
  }

  assign(splits: readonly SplitAssignment[]): Promise<readonly SplitLease[]> {
    const leases = splits.map((split) => {
      for (const held of this.leases) if (held.id === split.id) this.#leases.delete(held);
      this.assigned.push(split);
      lastEpoch += 1;
      const startPosition = this.#options.startPositions?.get(split.id) ?? split.position;
      const lease = { id: split.id, epoch: lastEpoch, startPosition };
      this.#leases.set(lease, { next: startPosition, isPushing: false, isFinished: false });
      return lease;
    });
    return Promise.resolve(leases);
  }

  async push(lease: SplitLease, chunk: SourceChunk<T>): Promise<void> {
    const held = this.#leases.get(lease);
    if (held === undefined) return;
    if (held.isPushing) this.violations.push(`${lease.id}: pushed before the push before it resolved`);
    if (held.isFinished) this.violations.push(`${lease.id}: pushed after it was finished`);
    if (chunk.records.length > MAX_CHUNK) {
      this.violations.push(
        `${lease.id}: a chunk of ${String(chunk.records.length)} records, ${String(MAX_CHUNK)} are allowed`,
      );
    }
    held.isPushing = true;
    let next = held.next;
    for (const { value, position, timestamp } of chunk.records) {
      if (next !== undefined && position < next) {
        this.violations.push(`${lease.id}: position ${String(position)} where ${String(next)} or later is due`);
      }
      next = position + 1;
      this.taken.push({ split: lease.id, position, value, timestamp });
    }
    if (next !== undefined && chunk.nextPosition < next) {
      this.violations.push(`${lease.id}: nextPosition ${String(chunk.nextPosition)} is before ${String(next)}`);
    }
    if (this.#isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    held.next = chunk.nextPosition;
    held.isPushing = false;
  }

  missed(split: string, from: number, to: number): void {
    this.missing.push({ split, from, to });
  }

  finish(lease: SplitLease): void {
    const held = this.#leases.get(lease);
    if (held === undefined) return;
    if (held.isPushing) this.violations.push(`${lease.id}: finished while a push waits`);
    if (held.isFinished) this.violations.push(`${lease.id}: finished twice`);
    held.isFinished = true;
    this.finished.push(lease.id);
    for (const each of this.#whenFinished) if (each.split === lease.id) each.resolve();
  }

  revoke(leases: readonly SplitLease[]): Promise<void> {
    this.lose(leases);
    return Promise.resolve();
  }

  lose(leases: readonly SplitLease[]): void {
    for (const lease of leases) this.#leases.delete(lease);
  }

  fail(error: unknown): void {
    this.failures.push(error);
  }

  /** From now on pushes wait until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Lets the waiting pushes go on, and later ones too. */
  release(): void {
    this.#isHeld = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Aborts the signal, as when the job is cancelled. */
  abort(): void {
    this.#abort.abort(new Error('the attempt has ended'));
  }

  /** Resolves when the split was finished. */
  whenFinished(split: string): Promise<void> {
    if (this.finished.includes(split)) return Promise.resolve();
    return new Promise((resolve) => this.#whenFinished.push({ split, resolve }));
  }

  /** Next position of every lease that was handed anything or began somewhere. */
  settled(): ReadonlyMap<SplitLease, number> {
    const positions = new Map<SplitLease, number>();
    for (const [lease, { next }] of this.#leases) if (next !== undefined) positions.set(lease, next);
    return positions;
  }

  /** Commits everything that was taken. @throws what the source throws */
  async commit(): Promise<void> {
    await this.reader.commit(this.settled());
  }

  /** Closes the source as a job that has ended. */
  async close(): Promise<void> {
    this.release();
    this.abort();
    await this.reader.close();
  }

  /** Everything that went wrong: broken rules and failures. */
  problems(): readonly string[] {
    return [...this.violations, ...this.failures.map((error) => `failed: ${messageOf(error)}`)];
  }
}
