import {
  type ConsumerRecord,
  InMemoryMetrics,
  type Logger,
  silentLogger,
  type SourceChunk,
  type SourceHost,
  type SourceReader,
  type SplitAssignment,
  type SplitLease,
  systemClock,
} from '@millrace/core';

/** A task of the fake runtime: what it has taken and not settled, in order. */
interface FakeTask {
  readonly lease: SplitLease;
  readonly unsettled: number[];
  next: number | undefined;
  wake: (() => void) | undefined;
  isClosed: boolean;
}

export interface Taken {
  readonly split: string;
  readonly epoch: number;
  readonly record: ConsumerRecord;
}

/** The runtime as a source sees it, reduced to lists: records are settled after `settleAfterMs`, or by hand. */
export class FakeHost implements SourceHost<ConsumerRecord> {
  readonly jobName = 'test';
  readonly clock = systemClock;
  readonly logger: Logger;
  readonly metrics = new InMemoryMetrics();
  readonly abort = new AbortController();
  readonly signal = this.abort.signal;
  /** Everything that was handed over, in the order of the calls. */
  readonly taken: Taken[] = [];
  readonly failures: unknown[] = [];
  readonly missing: { readonly split: string; readonly from: number; readonly to: number }[] = [];
  /** Commits of a revocation that failed: the runtime only logs them. */
  readonly commitFailures: unknown[] = [];
  readonly lost: string[] = [];
  readonly revoked: { readonly split: string; readonly drained: boolean }[] = [];
  readonly assigned: SplitAssignment[] = [];
  /** Milliseconds until a record is settled; undefined = only `settle()` does it. */
  settleAfterMs: number | undefined = 0;
  maxInFlight = 1024;
  /** Pushes that have not resolved. */
  pending = 0;
  reader: SourceReader | undefined;
  readonly #tasks = new Map<SplitLease, FakeTask>();
  #epoch = 0;

  constructor(logger: Logger = silentLogger) {
    this.logger = logger;
  }

  get leases(): SplitLease[] {
    return [...this.#tasks.keys()];
  }

  async assign(splits: readonly SplitAssignment[]): Promise<readonly SplitLease[]> {
    return splits.map((split) => {
      this.assigned.push(split);
      const lease: SplitLease = { id: split.id, epoch: ++this.#epoch, startPosition: split.position };
      this.#tasks.set(lease, { lease, unsettled: [], next: split.position, wake: undefined, isClosed: false });
      return lease;
    });
  }

  async push(lease: SplitLease, chunk: SourceChunk<ConsumerRecord>): Promise<void> {
    const task = this.#tasks.get(lease);
    if (task === undefined) return;
    if (chunk.records.length > 500) throw new Error(`a chunk of ${String(chunk.records.length)}`);
    this.pending++;
    try {
      for (const { value, position } of chunk.records) {
        if (task.unsettled.length >= this.maxInFlight) await new Promise<void>((resolve) => (task.wake = resolve));
        if (task.isClosed) return;
        this.taken.push({ split: lease.id, epoch: lease.epoch, record: value });
        task.unsettled.push(position);
        task.next = position + 1;
        if (this.settleAfterMs !== undefined) this.#settleLater(task, position);
      }
      task.next = chunk.nextPosition;
      if (task.unsettled.length >= this.maxInFlight) await new Promise<void>((resolve) => (task.wake = resolve));
    } finally {
      this.pending--;
    }
  }

  async revoke(leases: readonly SplitLease[], timeoutMs: number): Promise<void> {
    const tasks = leases.map((lease) => this.#tasks.get(lease)).filter((task) => task !== undefined);
    const deadline = Date.now() + timeoutMs;
    while (tasks.some((task) => task.unsettled.length > 0) && Date.now() < deadline) await pause(5);
    await this.reader?.commit(this.settled(leases)).catch((error: unknown) => this.commitFailures.push(error));
    for (const task of tasks) {
      this.revoked.push({ split: task.lease.id, drained: task.unsettled.length === 0 });
      this.#close(task);
    }
  }

  finish(lease: SplitLease): void {
    this.failures.push(new Error(`${lease.id} has no end`));
  }

  lose(leases: readonly SplitLease[]): void {
    for (const lease of leases) {
      const task = this.#tasks.get(lease);
      if (task === undefined) continue;
      this.lost.push(lease.id);
      this.#close(task);
    }
  }

  missed(split: string, from: number, to: number): void {
    this.missing.push({ split, from, to });
  }

  fail(error: unknown): void {
    this.failures.push(error);
  }

  /** Settles everything that is in flight. */
  settle(): void {
    for (const task of this.#tasks.values()) {
      task.unsettled.length = 0;
      task.wake?.();
    }
  }

  inFlight(): number {
    return [...this.#tasks.values()].reduce((sum, task) => sum + task.unsettled.length, 0);
  }

  settled(leases: readonly SplitLease[] = this.leases): Map<SplitLease, number> {
    const positions = new Map<SplitLease, number>();
    for (const lease of leases) {
      const task = this.#tasks.get(lease);
      const position = task?.unsettled[0] ?? task?.next;
      if (position !== undefined) positions.set(lease, position);
    }
    return positions;
  }

  async commit(): Promise<void> {
    await this.reader?.commit(this.settled());
  }

  #settleLater(task: FakeTask, position: number): void {
    const settle = (): void => {
      const index = task.unsettled.indexOf(position);
      if (index >= 0) task.unsettled.splice(index, 1);
      task.wake?.();
    };
    if (this.settleAfterMs === 0) settle();
    else setTimeout(settle, this.settleAfterMs);
  }

  #close(task: FakeTask): void {
    task.isClosed = true;
    this.#tasks.delete(task.lease);
    task.wake?.();
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `condition` holds. @throws when it does not within `timeoutMs` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${String(timeoutMs)} ms: ${what}`);
    await pause(20);
  }
}
