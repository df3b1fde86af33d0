import type { BroadcastDescriptor } from '../api/broadcast-stream.js';
import { MillraceError } from '../errors.js';
import { TwoInputStreamOperator } from '../runtime/operator.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import type { StateKind } from '../state/state-descriptor.js';
import { KeyedReadingContext, KeyedWritingContext } from './broadcast-contexts.js';
import type { ApplyToKeyedState, KeyedBroadcastProcessFunction } from './broadcast-functions.js';
import { BroadcastStates } from './broadcast-states.js';
import type { ErrorPolicy } from './error-policy.js';
import { KeyedCalls } from './keyed-calls.js';
import type { KeyedStateAccess } from './keyed-state-access.js';
import type { StateCursor } from './state-cursor.js';
import { UnkeyedCalls } from './unkeyed-calls.js';

/** What is known of a descriptor of any state. */
interface StateName {
  readonly name: string;
  readonly kind: StateKind;
}

/** What a KeyedBroadcastProcessOperator is made of. */
export interface KeyedBroadcastProcessOptions<K, IN, B, OUT> {
  readonly keyOf: (value: IN) => K;
  readonly descriptors: readonly BroadcastDescriptor[];
  readonly fn: KeyedBroadcastProcessFunction<K, IN, B, OUT>;
  readonly errors: ErrorPolicy<IN | B> | undefined;
  /** One for all copies of the operator in the process. */
  readonly cursor: StateCursor;
}

/** Runs a KeyedBroadcastProcessFunction: the first input has keys, state and timers, the second is the broadcast one. */
export class KeyedBroadcastProcessOperator<K extends string | number, IN, B, OUT> extends TwoInputStreamOperator<
  IN,
  B,
  OUT
> {
  readonly #options: KeyedBroadcastProcessOptions<K, IN, B, OUT>;
  /** Name -> kind of the states that the function asked for. */
  readonly #kinds = new Map<string, StateKind>();
  /** These are undefined until opened. */
  #keyed: KeyedCalls<K, OUT> | undefined;
  #broadcast: UnkeyedCalls<OUT> | undefined;
  #reading!: KeyedReadingContext<K>;
  #writing!: KeyedWritingContext<K>;

  constructor(options: KeyedBroadcastProcessOptions<K, IN, B, OUT>) {
    super();
    this.#options = options;
  }

  override async open(): Promise<void> {
    const { fn, cursor, descriptors } = this.#options;
    const { host, out } = this;
    const states = new BroadcastStates(host.state, descriptors);
    const keyed: KeyedCalls<K, OUT> = new KeyedCalls<K, OUT>({
      host,
      out,
      cursor,
      onTimer: (timestamp, call) => fn.onTimer?.(timestamp, this.#reading, call),
    });
    this.#keyed = keyed;
    this.#broadcast = new UnkeyedCalls(host, out, () => keyed.currentWatermark());
    this.#reading = new KeyedReadingContext<K>(keyed.call, states);
    this.#writing = new KeyedWritingContext<K>(this.#broadcast.call, states, this.#applyToKeyedState);
    await keyed.open((context) => fn.open?.({ ...context, ...this.#noted(context) }));
  }

  override processElement1(record: StreamRecord<IN>): void {
    const { keyOf, fn, errors } = this.#options;
    this.#keyed!.process(record, keyOf, errors, (value, call) => fn.processElement(value, this.#reading, call));
  }

  override processElement2(record: StreamRecord<B>): void {
    const { fn, errors, cursor } = this.#options;
    const before = cursor.place;
    cursor.place = undefined; // there is no key whose states the function could mean
    this.#broadcast!.process(record, 'processBroadcastElement', errors, (value, call) =>
      fn.processBroadcastElement(value, this.#writing, call),
    );
    cursor.place = before;
  }

  override processWatermark(timestamp: number): void {
    this.#keyed!.advanceWatermark(timestamp);
    super.processWatermark(timestamp);
  }

  override get numEventTimeTimers(): number {
    return this.#keyed?.numEventTimeTimers ?? 0;
  }

  override get numProcessingTimeTimers(): number {
    return this.#keyed?.numProcessingTimeTimers ?? 0;
  }

  override close(): void | Promise<void> {
    this.#keyed?.close();
    return this.#options.fn.close?.();
  }

  readonly #applyToKeyedState: ApplyToKeyedState<K> = (
    descriptor: StateName,
    visit: (key: K, state: never) => void,
  ) => {
    const { name, kind } = descriptor;
    const { state } = this.host;
    if (this.#kinds.get(name) !== kind) {
      const { operator } = this.host.context;
      throw new MillraceError(
        'ERR_STATE_UNKNOWN',
        `${operator}: there is no ${kind} state ${name}; it has to be asked for in open`,
      );
    }
    const { cursor } = this.#options;
    const visited = state.stateNamed(name) as never;
    // A copy: the function may clear the state of the key in hand.
    for (const key of [...state.keys(name)]) {
      state.withKey(key, () => {
        cursor.place = state;
        try {
          visit(key as K, visited);
        } finally {
          cursor.place = undefined;
        }
      });
    }
  };

  #noted(access: KeyedStateAccess): KeyedStateAccess {
    const note = <D extends StateName>(descriptor: D): D => {
      this.#kinds.set(descriptor.name, descriptor.kind);
      return descriptor;
    };
    return {
      getState: (descriptor) => access.getState(note(descriptor)),
      getListState: (descriptor) => access.getListState(note(descriptor)),
      getMapState: (descriptor) => access.getMapState(note(descriptor)),
      getReducingState: (descriptor) => access.getReducingState(note(descriptor)),
      getAggregatingState: (descriptor) => access.getAggregatingState(note(descriptor)),
    };
  }
}
