/** Bytes that the service answers, as they come in: an answer, several, or a part of a long one. */
export interface AnswerInHand {
  /** What the client sent on this connection between the answer before and this one, at most its first 64 KiB. */
  readonly request: Buffer;
  readonly answer: Buffer;
}

/** Which answers are thrown away. */
export interface DropAnswersOptions {
  /** How many, over all connections; each costs its connection. @default all until `heal` */
  readonly count?: number;
  /** Which answers; asked for each that comes, over all connections. @default every one */
  readonly matching?: (inHand: AnswerInHand) => boolean;
}

/** What the proxy does to the bytes that pass, and a way to hear of a change. */
export class Faults {
  #delayMs = 0;
  #bytesPerSecond = Infinity;
  #isStalled = false;
  #drop: { left: number; readonly matching: (inHand: AnswerInHand) => boolean } | undefined;
  readonly #listeners = new Set<() => void>();

  get delayMs(): number {
    return this.#delayMs;
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  get isStalled(): boolean {
    return this.#isStalled;
  }

  delay(ms: number): void {
    this.#delayMs = ms;
    this.#changed();
  }

  throttle(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#changed();
  }

  stall(): void {
    this.#isStalled = true;
    this.#changed();
  }

  dropAnswers({ count = Infinity, matching = () => true }: DropAnswersOptions): void {
    this.#drop = { left: count, matching };
  }

  heal(): void {
    this.#delayMs = 0;
    this.#bytesPerSecond = Infinity;
    this.#isStalled = false;
    this.#drop = undefined;
    this.#changed();
  }

  /** Whether this answer is to be thrown away; it counts as thrown away then. */
  takes(inHand: AnswerInHand): boolean {
    const drop = this.#drop;
    if (drop === undefined || drop.left <= 0 || !drop.matching(inHand)) return false;
    drop.left -= 1;
    return true;
  }

  /** Resolves when a fault has changed, after `ms` at the latest, or when `signal` aborts. */
  async changedOrAfter(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = ms === Infinity ? undefined : setTimeout(end, ms);
      this.#listeners.add(end);
      signal.addEventListener('abort', end);
    });
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
