import { memberOf, timerOf } from './timer-member.js';
import type { Timer } from './timer.js';
import type { MemberSet } from './timer-host.js';

interface Entry extends Timer {
  readonly member: string;
  /** Where it stands in the heap. */
  index: number;
}

/**
 * The timers of one time domain: a set, kept in the operator's state, with the earliest at hand. Timers of one moment
 * come in the order of their keys and namespaces, so that a restart does not change the order. All timers are on the
 * heap, about 400 bytes each; only the set is stored.
 */
export class TimerQueue {
  readonly #stored: MemberSet;
  readonly #entries = new Map<string, Entry>();
  /** A binary heap. */
  readonly #heap: Entry[] = [];

  constructor(stored: MemberSet) {
    this.#stored = stored;
    for (const member of stored.members()) this.#insert(member, timerOf(member));
  }

  get size(): number {
    return this.#heap.length;
  }

  get first(): Timer | undefined {
    return this.#heap[0];
  }

  /** Time of the last timer; a look at all of them. */
  get latest(): number | undefined {
    let latest: number | undefined;
    for (const { timestamp } of this.#heap) if (latest === undefined || timestamp > latest) latest = timestamp;
    return latest;
  }

  /** @returns false where that timer exists already */
  add(timer: Timer): boolean {
    const member = memberOf(timer.timestamp, timer.key, timer.namespace);
    if (this.#entries.has(member)) return false;
    this.#stored.add(member);
    this.#insert(member, timer);
    return true;
  }

  /** Does nothing where there is no such timer. */
  delete(timer: Timer): void {
    const entry = this.#entries.get(memberOf(timer.timestamp, timer.key, timer.namespace));
    if (entry !== undefined) this.#remove(entry);
  }

  /** Takes the earliest timer out where its time is not over `limit`. */
  pollUntil(limit: number): Timer | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.timestamp > limit) return undefined;
    this.#remove(first);
    return first;
  }

  #insert(member: string, { timestamp, key, namespace }: Timer): void {
    const entry: Entry = { timestamp, key, namespace, member, index: this.#heap.length };
    this.#entries.set(member, entry);
    this.#heap.push(entry);
    this.#rise(entry);
  }

  #remove(entry: Entry): void {
    this.#stored.delete(entry.member);
    this.#entries.delete(entry.member);
    const last = this.#heap.pop()!;
    if (last === entry) return;
    this.#place(last, entry.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Entry): void {
    while (entry.index > 0) {
      const above = this.#heap[(entry.index - 1) >> 1]!;
      if (!isBefore(entry, above)) return;
      const { index } = above;
      this.#place(above, entry.index);
      this.#place(entry, index);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      if (left === undefined) return;
      const below = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(below, entry)) return;
      const { index } = below;
      this.#place(below, entry.index);
      this.#place(entry, index);
    }
  }

  #place(entry: Entry, index: number): void {
    entry.index = index;
    this.#heap[index] = entry;
  }
}

/** By time, then by bytes; the time is in the bytes too, but numbers compare faster. */
function isBefore(one: Entry, other: Entry): boolean {
  return one.timestamp === other.timestamp ? one.member < other.member : one.timestamp < other.timestamp;
}
