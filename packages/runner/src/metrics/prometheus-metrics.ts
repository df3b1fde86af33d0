import type { Counter, Histogram, MetricGroup } from '@millrace/core';
import type { Registry } from 'prom-client';
import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

class CountingCounter implements Counter {
  count = 0;
  constructor(readonly labels: Labels) {}

  inc(by = 1): void {
    this.count += by;
  }
}

interface GaugeReader {
  readonly labels: Labels;
  read: () => number;
}

/**
 * One metric name with all its label sets. Prometheus clients want the label names beforehand, while operators come
 * with their own: the array given to prom-client is the one that grows here.
 */
interface Family<T> {
  readonly labelNames: string[];
  readonly members: Map<string, T>;
}

/** All metrics of the process by name, whichever group registered them. */
class Families {
  readonly counters = new Map<string, Family<CountingCounter>>();
  readonly gauges = new Map<string, Family<GaugeReader>>();
  readonly histograms = new Map<string, Family<undefined> & { readonly metric: PromHistogram }>();

  constructor(readonly registry: Registry) {}
}

/**
 * Core's metrics behind prom-client. Counting costs an addition; Prometheus sees the values when it asks for them.
 * Dashes and whatever else Prometheus does not allow in a name become underscores; names get no prefix and no suffix.
 */
export class PrometheusMetrics implements MetricGroup {
  readonly #families: Families;
  readonly #labels: Labels;

  constructor(registry: Registry, labels: Labels = {}, families = new Families(registry)) {
    this.#families = families;
    this.#labels = labels;
  }

  group(labels: Labels): MetricGroup {
    return new PrometheusMetrics(this.#families.registry, { ...this.#labels, ...labels }, this.#families);
  }

  counter(given: string, help = given): Counter {
    const name = prometheusName(given);
    const family = this.#family(this.#families.counters, name, (labelNames, members: Map<string, CountingCounter>) => {
      new PromCounter({
        ...this.#describe(name, help, labelNames),
        collect() {
          this.reset();
          for (const { labels, count } of members.values()) this.inc(labels, count);
        },
      });
    });
    return this.#member(family, (labels) => new CountingCounter(labels));
  }

  gauge(given: string, read: () => number, help = given): void {
    const name = prometheusName(given);
    const family = this.#family(this.#families.gauges, name, (labelNames, members: Map<string, GaugeReader>) => {
      new PromGauge({
        ...this.#describe(name, help, labelNames),
        collect() {
          this.reset();
          for (const reader of members.values()) this.set(reader.labels, readSafely(reader));
        },
      });
    });
    this.#member(family, (labels) => ({ labels, read })).read = read;
  }

  histogram(given: string, buckets: readonly number[], help = given): Histogram {
    const name = prometheusName(given);
    let family = this.#families.histograms.get(name);
    if (family === undefined) {
      const labelNames: string[] = [];
      const metric = new PromHistogram({ ...this.#describe(name, help, labelNames), buckets: [...buckets] });
      family = { labelNames, members: new Map(), metric };
      this.#families.histograms.set(name, family);
    }
    addNames(family.labelNames, this.#labels);
    const child = family.metric.labels({ ...this.#labels });
    return { observe: (value) => child.observe(value) };
  }

  #family<T>(
    families: Map<string, Family<T>>,
    name: string,
    register: (labelNames: string[], members: Map<string, T>) => void,
  ): Family<T> {
    let family = families.get(name);
    if (family === undefined) {
      family = { labelNames: [], members: new Map() };
      register(family.labelNames, family.members);
      families.set(name, family);
    }
    addNames(family.labelNames, this.#labels);
    return family;
  }

  #member<T>(family: Family<T>, create: (labels: Labels) => T): T {
    const id = JSON.stringify(Object.entries(this.#labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    let member = family.members.get(id);
    if (member === undefined) {
      member = create(this.#labels);
      family.members.set(id, member);
    }
    return member;
  }

  #describe(name: string, help: string, labelNames: string[]): PromDescription {
    return { name, help, labelNames, registers: [this.#families.registry] };
  }
}

interface PromDescription {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

/** One gauge that cannot be read must not hide all others. */
function readSafely({ read }: GaugeReader): number {
  try {
    return read();
  } catch {
    return Number.NaN;
  }
}

function addNames(names: string[], labels: Labels): void {
  for (const name of Object.keys(labels)) if (!names.includes(name)) names.push(name);
}

/** What Prometheus allows in a name: letters, digits, underscores, not a digit first. */
function prometheusName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}
