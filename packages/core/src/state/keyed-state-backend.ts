import type { Clock } from '../clock.js';
import { MillraceError } from '../errors.js';
import { ByteSet } from './byte-set.js';
import type { TaskCache } from './cache-sweep.js';
import type { ChangeCount } from './change-count.js';
import { CurrentKey } from './current-key.js';
import {
  TableAggregatingState,
  TableListState,
  TableMapState,
  TableReducingState,
  TableValueState,
} from './keyed-states.js';
import { ListTable } from './list-table.js';
import { MapTable } from './map-table.js';
import type { StateReader } from './state-backend.js';
import { StateCodec } from './state-codec.js';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateDescriptor,
  ValueStateDescriptor,
} from './state-descriptor.js';
import type { Key } from './state-key.js';
import { mergeInto } from './merge-namespaces.js';
import type { StateRegistry } from './state-registry.js';
import { StateTable } from './state-table.js';
import type { Changes, TableOptions } from './state-table.js';
import type { AggregatingState, ListState, MapState, ReducingState, SortedSet, ValueState } from './state-types.js';
import { TimeToLive } from './time-to-live.js';
import { ValueTable } from './value-table.js';

/** What the states of one operator copy share with the others of its task. */
export interface TaskStateServices {
  readonly reader: StateReader;
  readonly registry: StateRegistry;
  readonly clock: Clock;
  /** Undefined where everything is in memory. */
  readonly cache: TaskCache | undefined;
  readonly count: ChangeCount;
}

/** How a state is scoped. */
export interface StateScope {
  /** To key and namespace (a window), else to the key alone. @default false */
  readonly namespaced?: boolean;
}

interface Registered {
  readonly descriptor: StateDescriptor<never>;
  readonly table: StateTable;
  readonly current: CurrentKey;
  readonly state: unknown;
}

/**
 * The keyed state of one operator copy in one task. Set the current key (and namespace), then use the states: they mean
 * that key until another is set. Values are live objects; a checkpoint writes those that changed since the last one.
 */
export class KeyedStateBackend {
  readonly operator: string;
  readonly #services: TaskStateServices;
  /** Of states scoped to key and namespace. */
  readonly #inNamespace = new CurrentKey();
  /** Of states scoped to the key alone: its namespace stays the void one. */
  readonly #inKey = new CurrentKey();
  readonly #states = new Map<string, Registered>();
  readonly #sets = new Map<string, ByteSet>();
  #isSealed = false;

  constructor(operator: string, services: TaskStateServices) {
    this.operator = operator;
    this.#services = services;
  }

  setCurrentKey(key: Key): void {
    this.#inKey.key = key;
    this.#inNamespace.key = key;
  }

  /** From now on states mean no key. */
  clearCurrentKey(): void {
    this.#inKey.key = undefined;
    this.#inNamespace.key = undefined;
  }

  /** Makes the call with another current key, then goes back to the one before. */
  withKey<T>(key: Key, call: () => T): T {
    const before = this.#inKey.key;
    this.setCurrentKey(key);
    try {
      return call();
    } finally {
      if (before === undefined) this.clearCurrentKey();
      else this.setCurrentKey(before);
    }
  }

  /** @throws MillraceError where none is set */
  get currentKey(): Key {
    return this.#inKey.check('of this operator');
  }

  /** @param namespace '' is the void one; a window's is its encoded bounds */
  setCurrentNamespace(namespace: string): void {
    this.#inNamespace.namespace = namespace;
  }

  get currentNamespace(): string {
    return this.#inNamespace.namespace;
  }

  /**
   * The state of that name. Once while the operator opens; asked with the same descriptor again, it is the same state.
   *
   * @throws MillraceError where another descriptor has the name, or the operator is open
   * @throws StateMigrationError where what is stored does not fit
   */
  getState<T>(descriptor: ValueStateDescriptor<T>, scope: StateScope = {}): ValueState<T> {
    return this.#once(descriptor, scope, ValueTable, (table) => new TableValueState<T>(table));
  }

  /** As `getState`. */
  getListState<T>(descriptor: ListStateDescriptor<T>, scope: StateScope = {}): ListState<T> {
    return this.#once(descriptor, scope, ListTable, (table) => new TableListState<T>(table));
  }

  /** As `getState`. */
  getMapState<K extends Key, V>(descriptor: MapStateDescriptor<K, V>, scope: StateScope = {}): MapState<K, V> {
    return this.#once(descriptor, scope, MapTable, (table) => new TableMapState<K, V>(table));
  }

  /** As `getState`. */
  getReducingState<T>(descriptor: ReducingStateDescriptor<T>, scope: StateScope = {}): ReducingState<T> {
    return this.#once(descriptor, scope, ValueTable, (table) => new TableReducingState<T>(table, descriptor.reduce));
  }

  /** As `getState`. */
  getAggregatingState<IN, ACC, OUT>(
    descriptor: AggregatingStateDescriptor<IN, ACC, OUT>,
    scope: StateScope = {},
  ): AggregatingState<IN, OUT> {
    return this.#once(
      descriptor,
      scope,
      ValueTable,
      (table) => new TableAggregatingState<IN, ACC, OUT>(table, descriptor.aggregate),
    );
  }

  /** A set that belongs to no key, for timers. Ask for it while the operator opens. */
  sortedSet(name: string): SortedSet {
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    this.#checkNew(name);
    const { registry, reader, cache, count } = this.#services;
    const stored = registry.register(
      {
        operator: this.operator,
        name,
        kind: 'set',
        isNamespaced: false,
        serializer: 'bytes',
        version: 1,
        canMigrate: false,
        hasTtl: false,
      },
      () => false,
    );
    const set = new ByteSet(name, stored.id, reader, cache === undefined, count);
    this.#sets.set(name, set);
    return set;
  }

  /**
   * Moves what the current key has in the source namespaces into the target: lists are concatenated in the order of the
   * sources, reducing and aggregating states combined. The current namespace stays as it is.
   *
   * @throws TypeError for value and map states, and for an AggregateFunction without `merge`
   */
  mergeNamespaces(name: string, target: string, sources: readonly string[]): void {
    const registered = this.#registered(name);
    const { current, descriptor, table } = registered;
    const before = current.namespace;
    try {
      mergeInto(descriptor, table, current, target, sources);
    } finally {
      current.namespace = before;
    }
  }

  /** All keys that have something in the state, in no order. */
  *keys(name: string): Generator<Key> {
    const seen = new Set<Key>();
    for (const { key } of this.#registered(name).table.places()) {
      if (seen.has(key)) continue;
      seen.add(key);
      yield key;
    }
  }

  /** What `getState` and the others gave for that name. @internal */
  stateNamed(name: string): unknown {
    return this.#registered(name).state;
  }

  /** Keys and namespaces that have something, over all states; sets not included. */
  get size(): number {
    let size = 0;
    for (const { table } of this.#states.values()) for (const _ of table.places()) size += 1;
    return size;
  }

  /** No state may be asked for any more: what was restored is not read again. @internal */
  seal(): void {
    this.#isSealed = true;
  }

  /** @internal */
  get changes(): readonly Changes[] {
    return [...this.#tables, ...this.#sets.values()];
  }

  /** Work that is done now and then, before a checkpoint. @internal */
  expire(): void {
    for (const table of this.#tables) table.expirePersisted();
  }

  get #tables(): StateTable[] {
    return [...this.#states.values()].map(({ table }) => table);
  }

  #once<T, S, TABLE extends StateTable>(
    descriptor: StateDescriptor<T>,
    { namespaced = false }: StateScope,
    Table: new (options: TableOptions) => TABLE,
    create: (table: TABLE) => S,
  ): S {
    const known = this.#states.get(descriptor.name);
    if (known !== undefined && (known.descriptor as unknown) === descriptor) return known.state as S;
    this.#checkNew(descriptor.name);
    const current = namespaced ? this.#inNamespace : this.#inKey;
    const table = this.#restored(descriptor, namespaced, current, Table);
    const state = create(table);
    this.#states.set(descriptor.name, {
      descriptor: descriptor as unknown as StateDescriptor<never>,
      table,
      current,
      state,
    });
    return state;
  }

  #restored<T, TABLE extends StateTable>(
    descriptor: StateDescriptor<T>,
    isNamespaced: boolean,
    current: CurrentKey,
    Table: new (options: TableOptions) => TABLE,
  ): TABLE {
    const { registry, reader, clock, cache, count } = this.#services;
    const { name, kind, serializer, ttl } = descriptor;
    const { id } = registry.register(
      {
        operator: this.operator,
        name,
        kind,
        isNamespaced,
        serializer: serializer.id,
        version: serializer.version,
        canMigrate: serializer.migrate !== undefined,
        hasTtl: ttl !== undefined,
      },
      (stored, version) => StateTable.holdsVersion(reader, stored.id, version),
    );
    const table = new Table({
      name,
      id,
      codec: new StateCodec<unknown>(serializer, ttl !== undefined),
      current,
      ttl: ttl === undefined ? undefined : new TimeToLive(ttl, clock),
      reader,
      cache,
      count,
    });
    table.load(reader);
    return table;
  }

  #checkNew(name: string): void {
    if (this.#states.has(name) || this.#sets.has(name)) {
      throw new MillraceError('ERR_STATE_DUPLICATE', `${this.operator}: two states are called ${name}`);
    }
    if (this.#isSealed) throw new MillraceError('ERR_STATE_LATE', `${this.operator}: states are asked for in open`);
  }

  #registered(name: string): Registered {
    const registered = this.#states.get(name);
    if (registered === undefined) throw new Error(`${this.operator} has no state ${name}`);
    return registered;
  }
}
