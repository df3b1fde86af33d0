import type { Histogram } from '@millrace/core';
import type { Labels, Member, Sample } from './family.js';

/** Counts observations under each bound, as Prometheus has histograms. */
export class BucketHistogram implements Histogram, Member {
  readonly #labels: Labels;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds upper bounds of the buckets, in any order; the one to infinity is added */
  constructor(labels: Labels, bounds: readonly number[]) {
    this.#labels = labels;
    this.#bounds = [...bounds].sort((a, b) => a - b);
    this.#counts = this.#bounds.map(() => 0);
  }

  observe(value: number): void {
    if (!Number.isFinite(value)) return;
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) this.#counts[bucket]! += 1;
    this.#sum += value;
    this.#count += 1;
  }

  samples(name: string): readonly Sample[] {
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => {
      below += this.#counts[index]!;
      return this.#bucket(name, bound, below);
    });
    return [
      ...buckets,
      this.#bucket(name, '+Inf', this.#count),
      { metricName: `${name}_sum`, labels: this.#labels, value: this.#sum },
      { metricName: `${name}_count`, labels: this.#labels, value: this.#count },
    ];
  }

  #bucket(name: string, bound: number | string, value: number): Sample {
    return { metricName: `${name}_bucket`, labels: { le: bound, ...this.#labels }, value };
  }
}
