import { setImmediate } from 'node:timers/promises';
import type { Source, SourceHost, SourceReader, SplitAssignment, SplitLease } from '@millrace/core';

/** A source that does what the test says, and writes down what the runtime asks of it. */
export class FakeSource<T> {
  readonly kind = 'fake';
  readonly description: string;
  host!: SourceHost<T>;
  readonly commits: [split: string, position: number][] = [];
  readonly calls: string[] = [];
  opened = 0;
  /** What `open` does before it resolves, for instance fail. */
  onOpen: (host: SourceHost<T>) => void | Promise<void> = () => undefined;
  onCommit: () => void | Promise<void> = () => undefined;
  onStopIntake: () => void | Promise<void> = () => undefined;
  onCaptureEnd: () => void | Promise<void> = () => undefined;
  onClose: () => void | Promise<void> = () => undefined;
  isDrained: (settled: ReadonlyMap<SplitLease, number>) => boolean | Promise<boolean> = () => false;

  constructor(description = 'fake') {
    this.description = description;
  }

  get source(): Source<T> {
    return {
      kind: this.kind,
      description: this.description,
      open: async (host) => {
        this.opened += 1;
        this.host = host;
        await this.onOpen(host);
        return this.#reader();
      },
    };
  }

  async assign(...splits: readonly (string | SplitAssignment)[]): Promise<readonly SplitLease[]> {
    return this.host.assign(splits.map((split) => (typeof split === 'string' ? { id: split, position: 0 } : split)));
  }

  /** Pushes values at the positions from `from` on. */
  push(lease: SplitLease, from: number, ...values: readonly T[]): Promise<void> {
    return this.host.push(lease, {
      records: values.map((value, n) => ({ value, position: from + n, timestamp: undefined })),
      nextPosition: from + values.length,
    });
  }

  #reader(): SourceReader {
    return {
      commit: async (positions) => {
        await this.onCommit();
        for (const [lease, position] of positions) this.commits.push([lease.id, position]);
      },
      stopIntake: async () => {
        this.calls.push('stopIntake');
        await this.onStopIntake();
      },
      captureEnd: async () => {
        this.calls.push('captureEnd');
        await this.onCaptureEnd();
      },
      isDrained: async (settled) => this.isDrained(settled),
      close: () => {
        this.calls.push('close');
        return this.onClose() ?? Promise.resolve();
      },
    };
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await setImmediate();
}
