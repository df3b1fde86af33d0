import type { Counter, Histogram, MetricGroup } from '@millrace/core';
import type { Registry } from 'prom-client';
import { BucketHistogram } from './bucket-histogram.js';
import { Family, type FamilyType, type Labels, type Member, type Sample } from './family.js';

class CountingCounter implements Counter, Member {
  count = 0;
  constructor(readonly labels: Labels) {}

  inc(by = 1): void {
    this.count += by;
  }

  samples(): readonly Sample[] {
    return [{ labels: this.labels, value: this.count }];
  }
}

class GaugeReader implements Member {
  read: () => number = () => Number.NaN;
  constructor(readonly labels: Labels) {}

  samples(): readonly Sample[] {
    try {
      const value = this.read();
      return Number.isNaN(value) ? [] : [{ labels: this.labels, value }];
    } catch {
      // One gauge that cannot be read must not hide all others.
      return [];
    }
  }
}

/** All metrics of the process by name, whichever group registered them. */
interface Families {
  readonly counters: Map<string, Family<CountingCounter>>;
  readonly gauges: Map<string, Family<GaugeReader>>;
  readonly histograms: Map<string, Family<BucketHistogram>>;
}

/**
 * Core's metrics in a prom-client registry. Counting costs an addition; values are gathered when Prometheus asks.
 * Dashes and whatever else Prometheus does not allow in a name become underscores; names get no prefix and no suffix.
 */
export class PrometheusMetrics implements MetricGroup {
  readonly #registry: Registry;
  readonly #labels: Labels;
  readonly #families: Families;

  constructor(
    registry: Registry,
    labels: Labels = {},
    families: Families = { counters: new Map(), gauges: new Map(), histograms: new Map() },
  ) {
    this.#registry = registry;
    this.#labels = labels;
    this.#families = families;
  }

  group(labels: Labels): MetricGroup {
    return new PrometheusMetrics(this.#registry, { ...this.#labels, ...labels }, this.#families);
  }

  counter(name: string, help = name): Counter {
    const family = this.#family(this.#families.counters, name, help, 'counter');
    return family.member(this.#labels, () => new CountingCounter(this.#labels));
  }

  gauge(name: string, read: () => number, help = name): void {
    const family = this.#family(this.#families.gauges, name, help, 'gauge');
    family.member(this.#labels, () => new GaugeReader(this.#labels)).read = read;
  }

  histogram(name: string, buckets: readonly number[], help = name): Histogram {
    const family = this.#family(this.#families.histograms, name, help, 'histogram');
    return family.member(this.#labels, () => new BucketHistogram(this.#labels, buckets));
  }

  #family<M extends Member>(
    families: Map<string, Family<M>>,
    given: string,
    help: string,
    type: FamilyType,
  ): Family<M> {
    const name = prometheusName(given);
    let family = families.get(name);
    if (family === undefined) {
      family = new Family<M>(this.#registry, name, help, type);
      families.set(name, family);
    }
    return family;
  }
}

/** What Prometheus allows in a name: letters, digits, underscores, not a digit first. */
function prometheusName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}
