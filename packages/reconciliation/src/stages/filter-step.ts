import type { Counter, MetricGroup } from '@millrace/core';
import { decideFilter } from '../domain/filter.js';
import type { FilterOptions } from '../domain/filter.js';
import type { RequestGroup } from '../domain/model.js';
import { keyOf } from '../domain/requests.js';
import type { EnrolmentStore } from '../stores/ports.js';
import type { Announcement, Recompute } from './elements.js';
import type { Tally } from './tally.js';

/** What is to be done for a group. With both, the announcement is to be acknowledged first. Neither: skipped. */
export interface FilterOutcome {
  readonly announcement?: Announcement;
  readonly recompute?: Recompute;
}

/** Reads the enrolment and decides. Stage 3, and once more in stage 4 after a wait. */
export class FilterStep {
  readonly #enrolments: EnrolmentStore;
  readonly #options: FilterOptions;
  readonly #tally: Tally;
  #reads!: Counter;
  #skipped!: Counter;

  constructor(enrolments: EnrolmentStore, options: FilterOptions, tally: Tally) {
    this.#enrolments = enrolments;
    this.#options = options;
    this.#tally = tally;
  }

  open(metrics: MetricGroup): void {
    this.#reads = metrics.counter('db-read-count', 'Reads of the database');
    this.#skipped = metrics.counter('skipped-events-count', 'Requests that needed nothing');
  }

  /** @throws what the store throws */
  async apply(group: RequestGroup & { readonly afterReplay: boolean }): Promise<FilterOutcome> {
    const key = keyOf(group);
    const row = await this.#enrolments.read(key);
    this.#reads.inc();
    const { requests, afterReplay } = group;
    const decision = decideFilter(row, requests, this.#options);
    switch (decision.kind) {
      case 'skip':
        this.#tally.settle('skipped', group);
        if (!afterReplay) this.#skipped.inc();
        return {};
      case 'recompute':
        return { recompute: { kind: 'recompute', ...key, requests, afterReplay, row: decision.row } };
      case 'recover': {
        const { completedon } = decision;
        return {
          announcement: { kind: 'announcement', reason: 'recovery', ...key, requests, afterReplay, completedon },
        };
      }
      case 'replay': {
        const { completedon, replayed, row, others } = decision;
        const announcement: Announcement = {
          kind: 'announcement',
          reason: 'replay',
          ...key,
          requests: replayed,
          afterReplay,
          completedon,
        };
        const [first, ...rest] = others;
        if (first === undefined) return { announcement };
        return {
          announcement,
          recompute: { kind: 'recompute', ...key, requests: [first, ...rest], afterReplay: true, row },
        };
      }
    }
  }
}
