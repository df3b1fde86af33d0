import type { Cached } from './cache-sweep.js';
import type { Key } from './state-key.js';

/** Bytes of an element as they were restored, until it is asked for. */
export class RawElement {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * The elements of one key and namespace, in the order they were added. Each has a number of its own, which grows until
 * the list is empty, so that what is stored does not depend on when checkpoints came. Elements are appended and removed,
 * never changed: what a checkpoint has to write is all behind a mark.
 */
export class ListCell implements Cached {
  readonly key: Key;
  readonly namespace: string;
  values: unknown[] = [];
  numbers: number[] = [];
  /** Wall-clock milliseconds of the last change; empty where the state has no time to live. */
  changedAt: number[] = [];
  next = 0;
  /** Elements from the front that the backend has as they are. */
  written = 0;
  /** Elements from the front that the backend may have. */
  persisted = 0;
  /** Numbers of removed elements that the backend may have. */
  deleted: number[] = [];
  isDirty = false;
  /** A checkpoint is being written that holds some of it. */
  isBeingWritten = false;
  /** Some values are still bytes. */
  hasRaw = false;
  isRecent = true;

  constructor(key: Key, namespace: string) {
    this.key = key;
    this.namespace = namespace;
  }

  /** Entries that the next checkpoint writes or deletes. */
  get changes(): number {
    return this.values.length - this.written + this.deleted.length;
  }

  restore(number: number, bytes: Uint8Array, changedAt: number | undefined): void {
    this.values.push(new RawElement(bytes));
    this.hasRaw = true;
    this.numbers.push(number);
    if (changedAt !== undefined) this.changedAt.push(changedAt);
    this.next = number + 1;
    this.written = this.values.length;
    this.persisted = this.values.length;
  }

  append(value: unknown, changedAt: number | undefined): void {
    this.values.push(value);
    this.numbers.push(this.next);
    if (changedAt !== undefined) this.changedAt.push(changedAt);
    this.next += 1;
  }

  clear(): void {
    for (const number of this.numbers.slice(0, this.persisted)) this.deleted.push(number);
    this.values = [];
    this.numbers = [];
    this.changedAt = [];
    this.next = 0;
    this.written = 0;
    this.persisted = 0;
  }

  /** What is to be deleted of the backend: not the numbers that elements have again. */
  get gone(): readonly number[] {
    if (this.deleted.length === 0 || this.numbers.length === 0) return this.deleted;
    const held = new Set(this.numbers);
    return this.deleted.filter((number) => !held.has(number));
  }

  /** Removes the elements that the predicate does not keep, by the time they changed at. @returns whether it removed any */
  keep(isKept: (changedAt: number) => boolean): boolean {
    const { values, numbers, changedAt, persisted } = this;
    if (changedAt.every(isKept)) return false;
    this.values = [];
    this.numbers = [];
    this.changedAt = [];
    this.persisted = 0;
    // Those behind the mark may have moved before it.
    this.written = 0;
    for (const [index, at] of changedAt.entries()) {
      const number = numbers[index] as number;
      if (!isKept(at)) {
        if (index < persisted) this.deleted.push(number);
        continue;
      }
      if (index < persisted) this.persisted += 1;
      this.values.push(values[index]);
      this.numbers.push(number);
      this.changedAt.push(at);
    }
    if (this.values.length === 0) this.next = 0;
    return true;
  }
}
