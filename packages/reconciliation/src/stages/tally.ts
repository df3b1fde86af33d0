import type { Requests } from '../domain/requests.js';

/** Counts of the job's summary. Every record is one of the first four. */
export interface Counts {
  readonly processed: number;
  readonly skipped: number;
  readonly failed: number;
  readonly coalesced: number;
  /** Writes of status 2. */
  readonly completed: number;
  /** Certificate requests sent. */
  readonly certificates: number;
  /** Audit events sent. */
  readonly audits: number;
}

/**
 * What the stages of one process did since it began. After a restart of the job inside the process a record may count
 * twice.
 */
export class Tally {
  #counts: { -readonly [name in keyof Counts]: number } = {
    processed: 0,
    skipped: 0,
    failed: 0,
    coalesced: 0,
    completed: 0,
    certificates: 0,
    audits: 0,
  };

  counts(): Counts {
    return { ...this.#counts };
  }

  add(name: keyof Counts, by = 1): void {
    this.#counts[name] += by;
  }

  /** A group that did not fail: its first request is what happened, the others went along. */
  settle(as: 'processed' | 'skipped', group: { readonly requests: Requests; readonly afterReplay: boolean }): void {
    if (!group.afterReplay) this.add(as);
    this.add('coalesced', group.requests.length - (group.afterReplay ? 0 : 1));
  }
}
