import { setTimeout } from 'node:timers/promises';

const DEFAULT_TIMEOUT_MS = 30_000;
const POLL_MS = 5;
/** How long nothing may come where nothing should come. */
const QUIET_MS = 20;

/** Waits of one suite. */
export class Patience {
  readonly #timeoutMs: number;
  readonly #quietMs: number;

  constructor(timeoutMs = DEFAULT_TIMEOUT_MS, quietMs = QUIET_MS) {
    this.#timeoutMs = timeoutMs;
    this.#quietMs = quietMs;
  }

  /** Resolves when `condition` holds. @param what names it in the error @throws when that takes too long */
  async until(condition: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
    const deadline = performance.now() + this.#timeoutMs;
    while (!(await condition())) {
      if (performance.now() > deadline) {
        const text = typeof what === 'string' ? what : what();
        throw new Error(`waited ${String(this.#timeoutMs)} ms in vain: ${text}`);
      }
      await setTimeout(POLL_MS);
    }
  }

  /** Rejects where `work` does not end in time. */
  async within<T>(work: Promise<T>, what: string): Promise<T> {
    let isOver = false;
    const watched = work.finally(() => {
      isOver = true;
    });
    watched.catch(() => undefined);
    await this.until(() => isOver, what);
    return await watched;
  }

  /** Lets time pass in which nothing should happen. */
  async quiet(): Promise<void> {
    await setTimeout(this.#quietMs);
  }
}
