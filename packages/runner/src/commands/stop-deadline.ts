/** What closing clients may take where nothing hurries. */
const CLOSE_MS = 3_000;
/** However late it is: closing that has nothing to wait for gets this far. */
const LEAST_CLOSE_MS = 250;

/**
 * Shares `stop.timeout` out, so that the process has ended when it is over: what supervises it kills soon after that.
 * A service that is away holds up not only the drain but also what comes behind it (leaving the group, closing
 * clients), so a quarter of the time, at most three seconds, is kept for that.
 */
export class StopDeadline {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  #begun: number | undefined;

  /** @param now monotonic, in milliseconds */
  constructor(timeoutMs: number, now: () => number = () => performance.now()) {
    this.#timeoutMs = timeoutMs;
    this.#now = now;
  }

  /** The stop was asked for now. */
  begin(): void {
    this.#begun ??= this.#now();
  }

  /** What the job may take to finish what is in flight and to commit it. */
  get drainMs(): number {
    return this.#timeoutMs - this.#reserveMs;
  }

  /** After this the job is no longer waited for, wherever it is. A timeout below three seconds cannot be kept. */
  get lateMs(): number {
    return Math.max(CLOSE_MS, this.#timeoutMs - this.#reserveMs / 3);
  }

  /** What closing clients may take, as seen from now. */
  get closeMs(): number {
    if (this.#begun === undefined) return CLOSE_MS;
    const left = this.#begun + this.#timeoutMs - this.#now();
    return Math.min(CLOSE_MS, Math.max(LEAST_CLOSE_MS, left));
  }

  get #reserveMs(): number {
    return Math.min(CLOSE_MS, this.#timeoutMs / 4);
  }
}
