import type { StateTtlConfig } from '../state/state-ttl.js';

interface Timed {
  readonly member: string;
  value: number;
  at: number;
}

/** What the average of an aggregating state is made of, as one number for the model: sums of values below 1,000. */
const COUNT_UNIT = 1_000_000;

/**
 * Flink's keyed states over numbers, as simply as can be: arrays, read from the front to the back. What the real states
 * are compared with.
 */
export class StateModel {
  /** State, key and namespace -> what is there, in the order it came. */
  readonly #places = new Map<string, Timed[]>();
  readonly #ttl: StateTtlConfig | undefined;

  constructor(ttl: StateTtlConfig | undefined) {
    this.#ttl = ttl;
  }

  copy(): StateModel {
    const copy = new StateModel(this.#ttl);
    for (const [place, entries] of this.#places) {
      copy.#places.set(
        place,
        entries.map((entry) => ({ ...entry })),
      );
    }
    return copy;
  }

  /** Places that have something. */
  get size(): number {
    return [...this.#places.values()].filter((entries) => entries.length > 0).length;
  }

  /** Values as a reading sees them, with what that does to them. */
  read(place: string, now: number): [string, number][] {
    const ttl = this.#ttl;
    const before = this.#places.get(place) ?? [];
    const alive = before.filter((entry) => !this.#isExpired(entry, now));
    const seen = ttl?.stateVisibility === 'ReturnExpiredIfNotCleanedUp' ? before : alive;
    const result = seen.map(({ member, value }): [string, number] => [member, value]);
    this.#places.set(place, alive);
    if (ttl?.updateType === 'OnReadAndWrite') for (const entry of alive) entry.at = now;
    return result;
  }

  /** As `read`, of one member alone. */
  readMember(place: string, member: string, now: number): number | undefined {
    const all = this.#places.get(place) ?? [];
    const others = all.filter((entry) => entry.member !== member);
    this.#places.set(
      place,
      all.filter((entry) => entry.member === member),
    );
    const [found] = this.read(place, now);
    this.#places.set(place, [...others, ...(this.#places.get(place) ?? [])]);
    return found?.[1];
  }

  put(place: string, member: string, value: number, now: number): void {
    const others = (this.#places.get(place) ?? []).filter((entry) => entry.member !== member);
    this.#places.set(place, [...others, { member, value, at: now }]);
  }

  append(place: string, value: number, now: number): void {
    this.#places.set(place, [...(this.#places.get(place) ?? []), { member: '', value, at: now }]);
  }

  add(place: string, value: number, now: number): void {
    const [before] = this.#places.get(place) ?? [];
    const isUsable =
      before !== undefined &&
      (this.#ttl?.stateVisibility === 'ReturnExpiredIfNotCleanedUp' || !this.#isExpired(before, now));
    this.#places.set(place, [{ member: '', value: (isUsable ? before.value : 0) + value, at: now }]);
  }

  remove(place: string, member?: string): void {
    const left = (this.#places.get(place) ?? []).filter((entry) => member !== undefined && entry.member !== member);
    this.#places.set(place, left);
  }

  #isExpired(entry: Timed, now: number): boolean {
    return this.#ttl !== undefined && entry.at + this.#ttl.ttlMs <= now;
  }
}

/** An AggregateFunction whose accumulator is one number: the sum, and the count above it. */
export const average = {
  createAccumulator: (): number => 0,
  add: (value: number, accumulator: number): number => accumulator + value + COUNT_UNIT,
  getResult: (accumulator: number): number => (accumulator % COUNT_UNIT) / Math.floor(accumulator / COUNT_UNIT),
  merge: (first: number, second: number): number => first + second,
};

/** What the model adds for one value of an aggregating state. */
export function counted(value: number): number {
  return average.add(value, average.createAccumulator());
}
