import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Faults } from './faults.js';

/** Bytes that wait in a lane before it stops reading: what stands in the way is felt by the sender, as on a network. */
const MAX_WAITING_BYTES = 64 * 1024;
/** Parts in which a throttled lane passes a second's bytes. */
const SLICES_PER_SECOND = 20;

interface Waiting {
  readonly bytes: Buffer;
  readonly dueAt: number;
}

/** One direction of a connection: passes bytes on in order, as late and as slowly as the faults want. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #faults: Faults;
  readonly #signal: AbortSignal;
  readonly #take: (bytes: Buffer) => boolean;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #end: 'closed' | 'reset' | undefined;
  #isRunning = false;

  /**
   * @param signal aborts when the connection is over: what waits is forgotten
   * @param take sees bytes at the moment at which they would be passed on; false: they are not
   */
  constructor(from: Socket, to: Socket, faults: Faults, signal: AbortSignal, take: (bytes: Buffer) => boolean) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    this.#signal = signal;
    this.#take = take;
    from.on('data', (bytes: Buffer) => {
      this.#waiting.push({ bytes, dueAt: performance.now() + faults.delayMs });
      this.#waitingBytes += bytes.length;
      if (this.#waitingBytes >= MAX_WAITING_BYTES) from.pause();
      this.#wake();
    });
    from.on('error', () => this.#ended('reset'));
    from.on('end', () => this.#ended('closed'));
    from.on('close', () => this.#ended('closed'));
  }

  /** The end of a stream follows its bytes, and is as stuck as they are while the connection is half open. */
  #ended(how: 'closed' | 'reset'): void {
    this.#end ??= how;
    this.#wake();
  }

  #wake(): void {
    if (this.#isRunning || this.#signal.aborted) return;
    void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#passAll();
    } finally {
      this.#isRunning = false;
    }
  }

  async #passAll(): Promise<void> {
    while (!this.#signal.aborted) {
      const [next] = this.#waiting;
      if (next === undefined && this.#end === undefined) return;
      if (!(await this.#passable(next?.dueAt ?? 0))) return;
      if (next === undefined) {
        if (this.#end === 'reset') this.#to.resetAndDestroy();
        else this.#to.end();
        return;
      }
      if (!this.#take(next.bytes)) return;
      await this.#pass(next.bytes);
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes.length;
      if (this.#waitingBytes < MAX_WAITING_BYTES) this.#from.resume();
    }
  }

  /** Waits until bytes may pass; false when the connection is over. */
  async #passable(dueAt: number): Promise<boolean> {
    for (;;) {
      if (this.#signal.aborted) return false;
      const early = dueAt - performance.now();
      if (this.#faults.isStalled) await this.#faults.changedOrAfter(Infinity, this.#signal);
      // A heal passes at once what an earlier delay holds.
      else if (early > 0 && this.#faults.delayMs > 0) await this.#faults.changedOrAfter(early, this.#signal);
      else return true;
    }
  }

  async #pass(bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && !this.#signal.aborted) {
      const perSecond = this.#faults.bytesPerSecond;
      const size = Math.max(1, Math.min(rest.length, Math.floor(perSecond / SLICES_PER_SECOND)));
      if (perSecond !== Infinity) {
        await this.#faults.changedOrAfter((size * 1_000) / perSecond, this.#signal);
        if (this.#faults.bytesPerSecond !== perSecond) continue;
        if (!(await this.#passable(0))) return;
      }
      if (!this.#to.write(rest.subarray(0, size))) {
        await once(this.#to, 'drain', { signal: this.#signal }).catch(() => undefined);
      }
      rest = rest.subarray(size);
    }
  }
}
