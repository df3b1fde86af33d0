import { sleep } from '@millrace/core';
import type { Clock } from '@millrace/core';
import { missingWaitDelays } from '../domain/missing-wait.js';
import type { RelationSets, RelationStore } from '../stores/ports.js';

export interface LeafNodesOptions {
  /** Milliseconds in which a missing set is read again and again. 0: it is believed at once. */
  readonly missingWaitMs: number;
  /** Milliseconds for which the finding that a set is missing spares the next request the wait. */
  readonly missingExpiryMs: number;
}

/** The course's sets; undefined where its leaf nodes are missing. */
export interface LeafNodesFinding {
  readonly sets: RelationSets | undefined;
  /** Reads that the finding rests on. */
  readonly attempts: number;
  /** Whether this caller has waited, so that what it knew before is old. */
  readonly waited: boolean;
}

type Outcome = Omit<LeafNodesFinding, 'waited'>;

interface Wait {
  readonly outcome: Promise<Outcome>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Finds the leaf nodes of courses. A missing set is mostly between the DEL and the SADD of its writer, so it is waited
 * for; everybody who asks for the course meanwhile shares the wait. One for the process.
 */
export class LeafNodes {
  readonly #relations: RelationStore;
  readonly #options: LeafNodesOptions;
  readonly #clock: Clock;
  readonly #waits = new Map<string, Wait>();
  /** In the order in which they expire. */
  readonly #missing = new Map<string, { readonly attempts: number; readonly expiresAt: number }>();

  constructor(relations: RelationStore, options: LeafNodesOptions, clock: Clock) {
    this.#relations = relations;
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * @param signal gives up this caller's wait; the others' goes on
   * @throws what the relation store throws, or the signal's reason
   */
  async find(courseId: string, signal: AbortSignal): Promise<LeafNodesFinding> {
    const sets = await this.#read(courseId);
    if (sets !== undefined) {
      this.#missing.delete(courseId);
      return { sets, attempts: 1, waited: false };
    }
    const finding = this.#standing(courseId);
    if (finding !== undefined) return { sets: undefined, attempts: finding.attempts, waited: false };
    const waited = this.#options.missingWaitMs > 0;
    return { ...(await this.#join(courseId, signal)), waited };
  }

  async #read(courseId: string): Promise<RelationSets | undefined> {
    const [sets] = await this.#relations.sets(courseId, [courseId]);
    return sets !== undefined && sets.leafNodes.size > 0 ? sets : undefined;
  }

  #standing(courseId: string): { readonly attempts: number } | undefined {
    const now = this.#clock.monotonic();
    for (const [id, { expiresAt }] of this.#missing) {
      if (expiresAt > now) break;
      this.#missing.delete(id);
    }
    return this.#missing.get(courseId);
  }

  async #join(courseId: string, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    const wait = this.#waits.get(courseId) ?? this.#begin(courseId);
    wait.waiting += 1;
    try {
      return await abortable(wait.outcome, signal);
    } finally {
      wait.waiting -= 1;
      if (wait.waiting === 0) {
        wait.controller.abort(new Error('nobody waits for these leaf nodes any more'));
        this.#forget(courseId, wait);
      }
    }
  }

  #begin(courseId: string): Wait {
    const controller = new AbortController();
    const wait: Wait = { outcome: this.#wait(courseId, controller.signal), controller, waiting: 0 };
    this.#waits.set(courseId, wait);
    const forget = (): void => {
      this.#forget(courseId, wait);
    };
    // On both sides: a rejection counts as handled also where every caller has given up.
    wait.outcome.then(forget, forget);
    return wait;
  }

  #forget(courseId: string, wait: Wait): void {
    if (this.#waits.get(courseId) === wait) this.#waits.delete(courseId);
  }

  async #wait(courseId: string, signal: AbortSignal): Promise<Outcome> {
    let attempts = 1;
    for (const delay of missingWaitDelays(this.#options.missingWaitMs)) {
      await sleep(this.#clock, delay, signal);
      const sets = await this.#read(courseId);
      attempts += 1;
      if (sets !== undefined) return { sets, attempts };
    }
    this.#missing.delete(courseId);
    this.#missing.set(courseId, { attempts, expiresAt: this.#clock.monotonic() + this.#options.missingExpiryMs });
    return { sets: undefined, attempts };
  }
}

/** The promise's outcome, or the signal's reason if that comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
