import { ExpiryHand } from './expiry-hand.js';
import { ListCell, RawElement } from './list-cell.js';
import { NamespacedMap } from './namespaced-map.js';
import type { StateKey } from './state-backend.js';
import type { EntryAddress, Key } from './state-key.js';
import { StateTable } from './state-table.js';
import type { StatePlace, TableOptions } from './state-table.js';

/** Lists that came and went between two checkpoints before the list of changes is tidied. */
const DEAD_BEFORE_TIDY = 1_024;

/** A list state: each element is an entry of its own in the backend, an array in memory. */
export class ListTable extends StateTable {
  readonly #cells = new NamespacedMap<ListCell>();
  #dirty: ListCell[] = [];
  #dead = 0;
  #changes = 0;
  /** Looks at the front of lists: elements expire in their order. */
  readonly #hand: ExpiryHand<ListCell> | undefined;

  constructor(options: TableOptions) {
    super(options);
    if (options.ttl === undefined) return;
    this.#hand = new ExpiryHand(options.ttl, {
      all: () => this.#cells.values(),
      changedAt: (cell) => cell.changedAt[0],
      expire: (cell) => {
        this.#expire(cell);
      },
    });
  }

  /** Adds an element behind the others of the current key. */
  append(value: unknown): void {
    this.#hand?.move();
    const cell = this.#find() ?? this.#fresh();
    cell.isRecent = true;
    cell.append(value, this.ttl?.now());
    this.cache?.added(1);
    this.#changed(cell, cell.changes - 1);
  }

  /** The elements of the current key as they are now; what has expired is removed. */
  all(): unknown[] {
    this.#hand?.move();
    const cell = this.#find();
    if (cell === undefined) return [];
    cell.isRecent = true;
    if (cell.hasRaw) this.#parse(cell);
    const { ttl } = this;
    if (ttl === undefined) return [...cell.values];
    const before = cell.values;
    this.#expire(cell);
    const seen = ttl.returnsExpired ? before : [...cell.values];
    if (ttl.updatesOnRead && cell.values.length > 0) {
      const changes = cell.changes;
      cell.changedAt.fill(ttl.now());
      cell.written = 0;
      this.#changed(cell, changes);
    }
    return seen;
  }

  clear(): void {
    const cell = this.#find();
    if (cell === undefined || cell.values.length === 0) return;
    const { changes } = cell;
    this.cache?.removed(cell.values.length);
    cell.clear();
    this.#changed(cell, changes);
    this.#dropIfNothing(cell);
  }

  override get changes(): number {
    return this.#changes;
  }

  override *puts(): Generator<readonly [StateKey, Uint8Array]> {
    for (const cell of this.#dirty) {
      if (cell.hasRaw && cell.written < cell.values.length) this.#parse(cell);
      for (let index = cell.written; index < cell.values.length; index += 1) {
        const key = this.stateKey(cell.key, cell.namespace, cell.numbers[index]);
        yield [key, this.codec.encode(cell.values[index], cell.changedAt[index] ?? 0)];
      }
    }
  }

  override *deletes(): Generator<StateKey> {
    for (const cell of this.#dirty) {
      for (const number of cell.gone) yield this.stateKey(cell.key, cell.namespace, number);
    }
  }

  override taken(): (isWritten: boolean) => void {
    const taken = this.#dirty.map((cell) => ({ cell, deleted: cell.deleted }));
    this.#dirty = [];
    this.#dead = 0;
    this.#changes = 0;
    for (const { cell } of taken) {
      cell.isDirty = false;
      cell.isBeingWritten = true;
      cell.deleted = [];
      cell.written = cell.values.length;
      cell.persisted = cell.values.length;
    }
    return (isWritten) => {
      for (const { cell, deleted } of taken) {
        cell.isBeingWritten = false;
        if (isWritten) {
          this.#dropIfNothing(cell);
          continue;
        }
        // Whether the failed write happened is not known: everything is written again.
        const { changes } = cell;
        cell.written = 0;
        cell.deleted = [...deleted, ...cell.deleted];
        this.#changed(cell, changes);
      }
    };
  }

  override *places(): Generator<StatePlace> {
    const cells = [...this.#cells.values()];
    const held = new NamespacedMap<ListCell>();
    for (const cell of cells) held.set(cell.namespace, cell.key, cell);
    yield* this.persistedPlaces(({ key, namespace }) => held.get(namespace, key) !== undefined);
    for (const cell of cells) if (cell.values.length > 0) yield cell;
  }

  override cached(): Generator<ListCell> {
    return this.#cells.values();
  }

  override evict(cell: ListCell): void {
    if (cell.isDirty || this.#cells.get(cell.namespace, cell.key) !== cell) return;
    this.#cells.delete(cell.namespace, cell.key);
    this.cache?.removed(cell.values.length);
  }

  protected override restore({ key, namespace, member }: EntryAddress, bytes: Uint8Array): void {
    let cell = this.#cells.get(namespace, key);
    if (cell === undefined) {
      cell = new ListCell(key, namespace);
      this.#cells.set(namespace, key, cell);
    }
    cell.restore(member as number, bytes, this.#timeOf(bytes));
  }

  protected override expire({ key, namespace }: EntryAddress): void {
    const cell = this.#cells.get(namespace, key) ?? this.#read(key, namespace);
    if (cell !== undefined) this.#expire(cell);
  }

  #find(): ListCell | undefined {
    const { key, namespace } = this.current;
    const cell = this.#cells.get(namespace, key as Key);
    return cell ?? this.#read(this.current.check(this.name), namespace);
  }

  #fresh(): ListCell {
    const cell = new ListCell(this.current.check(this.name), this.current.namespace);
    this.#cells.set(cell.namespace, cell.key, cell);
    return cell;
  }

  /** The cell as the backend has it, where that is not in memory. */
  #read(key: Key, namespace: string): ListCell | undefined {
    if (this.reader === undefined) return undefined;
    // Before it is read, so that it is not this one that goes.
    this.cache?.sweep();
    const cell = new ListCell(key, namespace);
    for (const [stateKey, bytes] of this.reader.scan(this.stateKey(key, namespace))) {
      cell.restore(this.addressOf(stateKey).member as number, bytes, this.#timeOf(bytes));
    }
    if (cell.values.length === 0) return undefined;
    this.#cells.set(namespace, key, cell);
    this.cache?.added(cell.values.length);
    return cell;
  }

  #timeOf(bytes: Uint8Array): number | undefined {
    return this.ttl === undefined ? undefined : this.codec.changedAt(bytes);
  }

  #parse(cell: ListCell): void {
    for (const [index, value] of cell.values.entries()) {
      if (value instanceof RawElement) cell.values[index] = this.decode(value.bytes, cell);
    }
    cell.hasRaw = false;
  }

  /** @param before `cell.changes` before it changed */
  #changed(cell: ListCell, before: number): void {
    const more = cell.changes - before;
    this.#changes += more;
    this.count.add(more);
    if (cell.isDirty) return;
    cell.isDirty = true;
    this.#dirty.push(cell);
  }

  /** What is empty and was never written is no change: windows come and go between two checkpoints. */
  #dropIfNothing(cell: ListCell): void {
    if (cell.values.length > 0 || cell.deleted.length > 0 || cell.isBeingWritten) return;
    if (this.#cells.get(cell.namespace, cell.key) !== cell) return;
    this.#cells.delete(cell.namespace, cell.key);
    if (!cell.isDirty) return;
    this.#dead += 1;
    if (this.#dead <= DEAD_BEFORE_TIDY || this.#dead * 2 <= this.#dirty.length) return;
    this.#dirty = this.#dirty.filter((each) => each.changes > 0);
    this.#dead = 0;
  }

  #expire(cell: ListCell): void {
    const { ttl } = this;
    if (ttl === undefined) return;
    const now = ttl.now();
    const { changes } = cell;
    const before = cell.values.length;
    if (!cell.keep((changedAt) => !ttl.isExpired(changedAt, now))) return;
    this.cache?.removed(before - cell.values.length);
    this.#changed(cell, changes);
    this.#dropIfNothing(cell);
  }
}
