import { MillraceError } from '../errors.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import { KeyedStateStore } from '../state/keyed-state-store.js';
import type { KeyedStateSnapshot } from '../state/keyed-state-store.js';
import type { ErrorPolicy } from './error-policy.js';
import { keyFor } from './key-of.js';
import type { KeyedProcessContext, KeyedProcessFunction, KeyedRuntimeContext } from './keyed-process-function.js';
import { ProcessOperator } from './process-operator.js';
import { StateCursor } from './state-cursor.js';

/** Runs a KeyedProcessFunction: the state of its task, scoped to the key of the element in hand. */
export class KeyedProcessOperator<K extends string | number, IN, OUT>
  extends ProcessOperator<IN, OUT>
  implements KeyedProcessContext<K>
{
  readonly #keyOf: (value: IN) => K;
  readonly #function: KeyedProcessFunction<K, IN, OUT>;
  readonly #cursor: StateCursor;
  readonly #store = new KeyedStateStore();
  #key: K | undefined;

  /** @param cursor one for all copies of the operator in the process */
  constructor(
    keyOf: (value: IN) => K,
    fn: KeyedProcessFunction<K, IN, OUT>,
    errors: ErrorPolicy<IN> | undefined,
    cursor = new StateCursor(),
  ) {
    super({ processElement: (value, _context, out) => fn.processElement(value, this, out) }, errors);
    this.#keyOf = keyOf;
    this.#function = fn;
    this.#cursor = cursor;
  }

  /** Entries of keyed state. */
  get stateSize(): number {
    return this.#store.size;
  }

  override async open(): Promise<void> {
    const names = new Set<string>();
    let isOpening = true;
    const context: KeyedRuntimeContext = {
      ...this.host.context,
      getState: (descriptor) => {
        const { operator } = this.host.context;
        if (!isOpening) throw new MillraceError('ERR_STATE_LATE', `${operator}: states are asked for in open`);
        if (names.has(descriptor.name)) {
          throw new MillraceError('ERR_STATE_DUPLICATE', `${operator}: two states are called ${descriptor.name}`);
        }
        names.add(descriptor.name);
        return this.#cursor.stateOf(descriptor);
      },
    };
    await this.#function.open?.(context);
    isOpening = false;
  }

  override processElement(record: StreamRecord<IN>): void {
    const keyed = keyFor(this.host, this.#keyOf, record.value);
    if (keyed === undefined) return;
    const before = this.#cursor.place;
    this.#key = keyed.key;
    this.#cursor.place = { store: this.#store, key: keyed.key };
    try {
      super.processElement(record);
    } finally {
      // An acknowledgement may have let another task of the same node run inside this call.
      this.#cursor.place = before;
      this.#key = undefined;
    }
  }

  getCurrentKey(): K {
    if (this.#key === undefined) {
      throw new Error('context and collector of a process function are valid during the call only');
    }
    return this.#key;
  }

  override snapshotState(): KeyedStateSnapshot {
    return this.#store.snapshot();
  }

  override restoreState(state: unknown): void {
    this.#store.restore(state as KeyedStateSnapshot);
  }

  override close(): void | Promise<void> {
    return this.#function.close?.();
  }
}
