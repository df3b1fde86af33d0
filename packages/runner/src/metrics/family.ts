import type { Metric, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

/** As Prometheus calls them. */
export type FamilyType = 'counter' | 'gauge' | 'histogram';

/** One line of an exposition. */
export interface Sample {
  /** Where it is not the family's own name: `_bucket`, `_sum`, `_count` of a histogram. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** One set of labels of a family. */
export interface Member {
  samples(name: string): readonly Sample[];
}

/**
 * All label sets of one metric name, as prom-client's registry takes a metric. Its own classes want all label names
 * beforehand and drop others in silence; operators come with their labels one after another.
 */
export class Family<M extends Member> {
  readonly #members = new Map<string, M>();

  constructor(registry: Registry, name: string, help: string, type: FamilyType) {
    const metric = {
      ...{ name, help, type, aggregator: 'sum' },
      get: () => {
        const values = [...this.#members.values()].flatMap((member) => member.samples(name));
        return Promise.resolve({ ...{ name, help, type, aggregator: 'sum' }, values });
      },
      reset: () => undefined,
    };
    registry.registerMetric(metric as unknown as Metric);
  }

  member(labels: Labels, create: () => M): M {
    const id = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    let member = this.#members.get(id);
    if (member === undefined) {
      member = create();
      this.#members.set(id, member);
    }
    return member;
  }
}
