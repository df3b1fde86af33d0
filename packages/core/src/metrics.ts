/** A number that only grows. */
export interface Counter {
  inc(by?: number): void;
  /** What was counted since the process started. */
  readonly count: number;
}

/** Distribution of observed values (seconds for durations, as Prometheus has it). */
export interface Histogram {
  observe(value: number): void;
}

/**
 * Where operators, connectors and the runtime register their metrics, after Flink's metric groups: a group carries
 * labels (`job`, `operator`, `split`...) and hands out metrics by name. Asking for the same name and labels again gives
 * the same metric. Names are written as Flink or the deployed jobs write them (`numRecordsIn`, `db-read-count`); the
 * exporter turns them into what its system allows.
 */
export interface MetricGroup {
  counter(name: string, help?: string): Counter;
  /** A value read when it is asked for. Registering a name again replaces the reader. */
  gauge(name: string, read: () => number, help?: string): void;
  histogram(name: string, buckets: readonly number[], help?: string): Histogram;
  /** A group whose metrics carry `labels` too. */
  group(labels: Readonly<Record<string, string>>): MetricGroup;
}

/** Counters work (their counts can be read), nothing is exported. The default outside the runner, and for tests. */
export class InMemoryMetrics implements MetricGroup {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #counters: Map<string, { name: string; labels: Readonly<Record<string, string>>; counter: MutableCounter }>;
  readonly #gauges: Map<string, () => number>;

  constructor(
    labels: Readonly<Record<string, string>> = {},
    counters: Map<
      string,
      { name: string; labels: Readonly<Record<string, string>>; counter: MutableCounter }
    > = new Map(),
    gauges: Map<string, () => number> = new Map(),
  ) {
    this.#labels = labels;
    this.#counters = counters;
    this.#gauges = gauges;
  }

  counter(name: string): Counter {
    const id = JSON.stringify([name, this.#labels]);
    let entry = this.#counters.get(id);
    if (entry === undefined) {
      entry = { name, labels: this.#labels, counter: new MutableCounter() };
      this.#counters.set(id, entry);
    }
    return entry.counter;
  }

  gauge(name: string, read: () => number): void {
    this.#gauges.set(JSON.stringify([name, this.#labels]), read);
  }

  histogram(): Histogram {
    return { observe() {} };
  }

  group(labels: Readonly<Record<string, string>>): InMemoryMetrics {
    return new InMemoryMetrics({ ...this.#labels, ...labels }, this.#counters, this.#gauges);
  }

  /** Sum of the counters called `name` over all labels; 0 where nobody registered one. */
  total(name: string): number {
    let sum = 0;
    for (const entry of this.#counters.values()) if (entry.name === name) sum += entry.counter.count;
    return sum;
  }

  /** Current value of the gauge `name` in this very group, undefined where nobody registered one. */
  readGauge(name: string): number | undefined {
    return this.#gauges.get(JSON.stringify([name, this.#labels]))?.();
  }
}

class MutableCounter implements Counter {
  count = 0;
  inc(by = 1): void {
    this.count += by;
  }
}
