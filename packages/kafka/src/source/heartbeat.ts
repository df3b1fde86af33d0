import type { Clock } from '@millrace/core';

/** Somebody who waits and must keep the member alive meanwhile: a batch handler, a drain. */
export interface Waiting {
  /** What it waits with, for the stall's message. */
  readonly name: string;
  /** When it last got on, monotonic milliseconds. */
  since: number;
}

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly stallTimeoutMs: number;
  /** Sends a heartbeat if one is due. */
  readonly beat: () => Promise<void>;
  /** Told once for each stall. */
  readonly onStall: (line: string) => void;
}

/**
 * Heartbeats while handlers wait: kafkajs sends none then. With a guard: when one of them has not got on for too long the
 * beats stop, so that another process gets the partitions of a process that only looks alive.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #waiting = new Set<Waiting>();
  #cancel: (() => void) | undefined;
  #beating = false;
  #stalled: string | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** One line while a handler is stuck. */
  get stalled(): string | undefined {
    return this.#stalled;
  }

  enter(name: string): Waiting {
    const waiting: Waiting = { name, since: this.#options.clock.monotonic() };
    this.#waiting.add(waiting);
    this.#schedule();
    return waiting;
  }

  progress(waiting: Waiting): void {
    waiting.since = this.#options.clock.monotonic();
  }

  leave(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#stalled = undefined;
  }

  #schedule(): void {
    if (this.#cancel !== undefined || this.#waiting.size === 0) return;
    // Twice per interval: kafkajs sends nothing before a whole one is over, and a late timer would skip a beat.
    this.#cancel = this.#options.clock.setTimer(this.#options.intervalMs / 2, () => {
      this.#cancel = undefined;
      this.#tick();
      this.#schedule();
    });
  }

  #tick(): void {
    const now = this.#options.clock.monotonic();
    const stuck = [...this.#waiting].find(({ since }) => now - since > this.#options.stallTimeoutMs);
    if (stuck === undefined) {
      this.#stalled = undefined;
    } else {
      const line = `${stuck.name} has taken nothing for ${String(Math.round((now - stuck.since) / 1000))} s`;
      if (this.#stalled === undefined) this.#options.onStall(line);
      this.#stalled = line;
      return;
    }
    if (this.#beating) return;
    this.#beating = true;
    void this.#options.beat().finally(() => {
      this.#beating = false;
    });
  }
}
