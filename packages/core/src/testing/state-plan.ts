import assert from 'node:assert/strict';
import { CacheSweep } from '../state/cache-sweep.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import type { StateBackend, StateClaim, StateOwner } from '../state/state-backend.js';
import {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from '../state/state-descriptor.js';
import type { Key } from '../state/state-key.js';
import type { StateTtlConfig } from '../state/state-ttl.js';
import type { SortedSet } from '../state/state-types.js';
import { TaskState } from '../state/task-state.js';
import { ManualClock } from './manual-clock.js';
import { average, counted, StateModel } from './state-model.js';

/** Keys that a careless encoding would mix up. */
export const PLAN_KEYS: readonly Key[] = ['a', 1, '1', 'é', '\ud800'];
export const PLAN_NAMESPACES: readonly string[] = ['', '0:5', '\u65e5'];
export const PLAN_CALLS = [
  'value.value',
  'value.update',
  'value.clear',
  'list.get',
  'list.add',
  'list.update',
  'list.clear',
  'map.get',
  'map.put',
  'map.remove',
  'map.entries',
  'map.clear',
  'reducing.add',
  'reducing.get',
  'reducing.clear',
  'aggregating.add',
  'aggregating.get',
  'aggregating.clear',
  'set.add',
  'set.delete',
] as const;
export const PLAN_EVENTS = ['checkpoint', 'failed checkpoint', 'crash', 'time'] as const;

/** One step of a plan: a call of a state for a key and namespace, or something that happens to the task. */
export interface PlanStep {
  readonly do: (typeof PLAN_CALLS)[number] | (typeof PLAN_EVENTS)[number];
  readonly key: Key;
  readonly namespace: string;
  readonly member: Key;
  /** Below 1,000; the milliseconds that pass where the step is `time`. */
  readonly value: number;
}

/** How a plan is run. */
export interface PlanOptions {
  readonly ttl?: StateTtlConfig;
  /** Entries in memory, where the backend is larger than memory. */
  readonly maxCachedEntries?: number;
}

/**
 * Runs a plan on a backend and on the model, step by step, and compares every answer. After a crash both go on from the
 * last checkpoint.
 *
 * @throws AssertionError where they differ
 */
export async function runStatePlan(
  backend: StateBackend,
  owner: StateOwner,
  steps: readonly PlanStep[],
  options: PlanOptions = {},
): Promise<void> {
  const run = new PlanRun(backend, owner, options);
  await run.start();
  for (const [index, step] of steps.entries()) {
    try {
      await run.step(step);
    } catch (error) {
      throw new Error(`step ${String(index)}, ${JSON.stringify(step)}: ${String(error)}`, { cause: error });
    }
  }
  run.compareAll();
}

class PlanRun {
  readonly #backend: StateBackend;
  readonly #owner: StateOwner;
  readonly #options: PlanOptions;
  readonly #clock = new ManualClock();
  #model: StateModel;
  #set = new Set<string>();
  #atCheckpoint: { readonly model: StateModel; readonly set: ReadonlySet<string> };
  #task!: TaskState;
  #states!: ReturnType<typeof statesOf>;
  #failsNext = false;

  constructor(backend: StateBackend, owner: StateOwner, options: PlanOptions) {
    this.#backend = backend;
    this.#owner = owner;
    this.#options = options;
    this.#model = new StateModel(options.ttl);
    this.#atCheckpoint = { model: this.#model.copy(), set: new Set() };
  }

  async start(): Promise<void> {
    const claim = await this.#backend.claim(this.#owner);
    const failing: StateClaim = {
      ...claim,
      get: (key) => claim.get(key),
      scan: (prefix, after) => claim.scan(prefix, after),
      write: async (write) => {
        if (!this.#failsNext) return claim.write(write);
        this.#failsNext = false;
        // Reads everything, as a write that is refused later does.
        for (const _ of write.puts) assert.ok(true);
        for (const _ of write.deletes) assert.ok(true);
        throw new Error('refused');
      },
      snapshot: claim.snapshot,
      isLargerThanMemory: claim.isLargerThanMemory,
    };
    this.#task = new TaskState(failing, {
      owner: this.#owner,
      clock: this.#clock,
      stateful: ['planned'],
      allowNonRestoredState: false,
      cache: new CacheSweep(this.#options.maxCachedEntries ?? 4),
    });
    this.#states = statesOf(this.#task.forOperator('planned'), this.#options.ttl);
    assert.deepEqual([...this.#states.set.members()], [...this.#set].sort());
  }

  async step(step: PlanStep): Promise<void> {
    switch (step.do) {
      case 'time':
        return this.#clock.advance(step.value);
      case 'checkpoint':
        await this.#task.write(new Map());
        this.#atCheckpoint = { model: this.#model.copy(), set: new Set(this.#set) };
        return;
      case 'failed checkpoint':
        this.#failsNext = true;
        return assert.rejects(this.#task.write(new Map()), /refused/);
      case 'crash':
        this.#model = this.#atCheckpoint.model.copy();
        this.#set = new Set(this.#atCheckpoint.set);
        return this.start();
      default:
        this.#call(step);
    }
  }

  /** Everything that can be read. */
  compareAll(): void {
    const { backend, value } = this.#states;
    if (this.#options.ttl === undefined) assert.equal(backend.size, this.#model.size);
    const keys = new Set(backend.keys('value'));
    for (const key of PLAN_KEYS) {
      let hasValue = false;
      for (const namespace of PLAN_NAMESPACES) {
        backend.setCurrentKey(key);
        backend.setCurrentNamespace(namespace);
        hasValue ||= value.value() !== undefined;
        const step = { key, namespace, member: 1, value: 0 };
        for (const call of ['list.get', 'map.entries', 'reducing.get', 'aggregating.get'] as const) {
          this.#call({ ...step, do: call });
        }
      }
      if (this.#options.ttl === undefined) assert.equal(keys.has(key), hasValue);
    }
  }

  #call({ do: call, key, namespace, member, value }: PlanStep): void {
    const { backend, set } = this.#states;
    if (call === 'set.add' || call === 'set.delete') {
      const name = `${String(value % 7)}\u00ff`;
      if (call === 'set.add') this.#set.add(name);
      else this.#set.delete(name);
      if (call === 'set.add') set.add(name);
      else set.delete(name);
      return;
    }
    backend.setCurrentKey(key);
    backend.setCurrentNamespace(namespace);
    const [state] = call.split('.') as [string];
    const place = JSON.stringify([state, key, namespace]);
    const expected = this.#expected(call, place, member, value);
    const actual = this.#actual(call, member, value);
    assert.deepEqual(actual, expected);
  }

  #expected(call: PlanStep['do'], place: string, member: Key, value: number): unknown {
    const now = this.#clock.now();
    const model = this.#model;
    const of = JSON.stringify(member);
    const one = (entries: [string, number][]): number | undefined => entries[0]?.[1];
    switch (call) {
      case 'value.value':
      case 'reducing.get':
        return one(model.read(place, now));
      case 'aggregating.get': {
        const sum = one(model.read(place, now));
        return sum === undefined ? undefined : average.getResult(sum);
      }
      case 'value.update': {
        model.put(place, '', value, now);
        return;
      }
      case 'list.get':
        return model.read(place, now).map(([, each]) => each);
      case 'list.add': {
        model.append(place, value, now);
        return;
      }
      case 'list.update':
        model.remove(place);
        for (const each of [value, value + 1]) model.append(place, each, now);
        return undefined;
      case 'map.get':
        return model.readMember(place, of, now);
      case 'map.put': {
        model.put(place, of, value, now);
        return;
      }
      case 'map.remove': {
        model.remove(place, of);
        return;
      }
      case 'map.entries':
        return sorted(model.read(place, now).map(([key, each]) => [JSON.parse(key) as Key, each]));
      case 'reducing.add': {
        model.add(place, value, now);
        return;
      }
      case 'aggregating.add': {
        model.add(place, counted(value), now);
        return;
      }
      default: {
        model.remove(place);
        return;
      }
    }
  }

  #actual(call: PlanStep['do'], member: Key, number: number): unknown {
    const { value, list, map, reducing, aggregating } = this.#states;
    switch (call) {
      case 'value.value':
        return value.value();
      case 'value.update': {
        value.update(number);
        return;
      }
      case 'value.clear': {
        value.clear();
        return;
      }
      case 'list.get':
        return list.get();
      case 'list.add': {
        list.add(number);
        return;
      }
      case 'list.update': {
        list.update([number, number + 1]);
        return;
      }
      case 'list.clear': {
        list.clear();
        return;
      }
      case 'map.get':
        return map.get(member);
      case 'map.put': {
        map.put(member, number);
        return;
      }
      case 'map.remove': {
        map.remove(member);
        return;
      }
      case 'map.entries':
        return sorted([...map.entries()]);
      case 'map.clear': {
        map.clear();
        return;
      }
      case 'reducing.add': {
        reducing.add(number);
        return;
      }
      case 'reducing.get':
        return reducing.get();
      case 'reducing.clear': {
        reducing.clear();
        return;
      }
      case 'aggregating.add': {
        aggregating.add(number);
        return;
      }
      case 'aggregating.get':
        return aggregating.get();
      default: {
        aggregating.clear();
        return;
      }
    }
  }
}

/** The order of a map's entries means nothing. */
function sorted(entries: [Key, number][]): [Key, number][] {
  const rank = ([key]: [Key, number]): string => JSON.stringify(key);
  return entries.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function statesOf(backend: KeyedStateBackend, ttl: StateTtlConfig | undefined) {
  const options = ttl === undefined ? {} : { ttl };
  const scope = { namespaced: true };
  const sum = (a: number, b: number): number => a + b;
  const set: SortedSet = backend.sortedSet('set');
  return {
    backend,
    set,
    value: backend.getState(new ValueStateDescriptor<number>('value', options), scope),
    list: backend.getListState(new ListStateDescriptor<number>('list', options), scope),
    map: backend.getMapState(new MapStateDescriptor<Key, number>('map', options), scope),
    reducing: backend.getReducingState(new ReducingStateDescriptor<number>('reducing', sum, options), scope),
    aggregating: backend.getAggregatingState(
      new AggregatingStateDescriptor<number, number, number>('aggregating', average, options),
      scope,
    ),
  };
}
