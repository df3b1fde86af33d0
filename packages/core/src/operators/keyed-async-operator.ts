import { KeyedGate } from '../runtime/keyed-gate.js';
import { Permits } from '../runtime/permits.js';
import { StreamOperator } from '../runtime/operator.js';
import type { OperatorHost } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { AsyncCall } from './async-call.js';
import type { AsyncCallOptions, AsyncCallOwner } from './async-call.js';
import type { AsyncFunction } from './async-function.js';
import { judge } from './judge.js';
import { keyFor } from './key-of.js';

/**
 * Calls of one key one after another and in order, of different keys concurrently, at most `capacity` in a task. A call
 * that timed out keeps its key and its place until it comes back, so that two calls of a key never overlap.
 */
export class KeyedAsyncOperator<K, IN, OUT> extends StreamOperator<IN, OUT> implements AsyncCallOwner<IN, OUT> {
  readonly fn: AsyncFunction<IN, OUT>;
  readonly options: AsyncCallOptions<IN>;
  declare readonly host: OperatorHost;
  readonly #keyOf: (value: IN) => K;
  readonly #gate: KeyedGate<K, StreamRecord<IN>>;
  readonly #keys = new Map<AsyncCall<IN, OUT>, K>();

  constructor(keyOf: (value: IN) => K, fn: AsyncFunction<IN, OUT>, options: AsyncCallOptions<IN>, capacity: number) {
    super();
    this.#keyOf = keyOf;
    this.fn = fn;
    this.options = options;
    this.#gate = new KeyedGate(new Permits(capacity), false, (key, [record]) => {
      const call = new AsyncCall(this, record);
      this.#keys.set(call, key);
      call.start();
    });
  }

  override open(): void | Promise<void> {
    return this.fn.open?.(this.host.context);
  }

  override processElement(record: StreamRecord<IN>): void {
    const keyed = keyFor(this.host, this.#keyOf, record.value);
    if (keyed === undefined) return;
    record.scope.retain();
    this.#gate.arrive(keyed.key, record);
  }

  emit(record: StreamRecord<OUT>): void {
    this.out.next(record);
  }

  ended(call: AsyncCall<IN, OUT>): void {
    const { record, outcome, attempts } = call;
    let isDone = true;
    if (outcome?.ok === true) {
      for (const value of outcome.values) this.out.next(new StreamRecord(value, record.timestamp, record.scope));
    } else if (outcome?.ok === false) {
      isDone = judge(this.host, this.options.errors, record, outcome.error, outcome.kind, attempts);
    }
    if (!call.isRunning) this.cameBack(call);
    if (isDone) record.scope.release();
  }

  cameBack(call: AsyncCall<IN, OUT>): void {
    const key = this.#keys.get(call);
    if (key === undefined) return;
    this.#keys.delete(call);
    this.host.enter(() => {
      this.#gate.leave(key);
    });
  }

  override async quiesce(): Promise<void> {
    for (const call of this.#keys.keys()) call.abandon();
    await Promise.all([...this.#keys.keys()].map((call) => call.back()));
  }

  override async close(): Promise<void> {
    this.#gate.close();
    await this.fn.close?.();
  }
}
