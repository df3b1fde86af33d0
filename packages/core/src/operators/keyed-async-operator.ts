import { KeyedGate } from '../runtime/keyed-gate.js';
import { Permits } from '../runtime/permits.js';
import { StreamOperator } from '../runtime/operator.js';
import type { OperatorHost } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { AsyncCall } from './async-call.js';
import type { AsyncCallOptions, AsyncCallOwner } from './async-call.js';
import type { AsyncFunction } from './async-function.js';
import { UnorderedResults } from './async-results.js';
import { judge } from './judge.js';
import { keyFor } from './key-of.js';

/**
 * Calls of one key one after another and in order, of different keys concurrently, at most `capacity` in a task. A call
 * that timed out keeps its key and its place until it comes back, so that two calls of a key never overlap. Results go on
 * as they come, but never across a watermark.
 */
export class KeyedAsyncOperator<K, IN, OUT> extends StreamOperator<IN, OUT> implements AsyncCallOwner<IN, OUT, K> {
  readonly fn: AsyncFunction<IN, OUT>;
  readonly options: AsyncCallOptions<IN>;
  declare readonly host: OperatorHost;
  isFinishing = false;
  readonly #keyOf: (value: IN) => K;
  readonly #gate: KeyedGate<K, AsyncCall<IN, OUT, K>>;
  readonly #results = new UnorderedResults<AsyncCall<IN, OUT, K>>((call) => {
    this.#goOn(call);
  });

  constructor(keyOf: (value: IN) => K, fn: AsyncFunction<IN, OUT>, options: AsyncCallOptions<IN>, capacity: number) {
    super();
    this.#keyOf = keyOf;
    this.fn = fn;
    this.options = options;
    this.#gate = new KeyedGate(new Permits(capacity), false, (_key, [call]) => {
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
    const call = new AsyncCall(this, record, keyed.key);
    this.#results.begin(call);
    this.#gate.arrive(keyed.key, call);
  }

  override processWatermark(timestamp: number): void {
    this.#results.boundary(() => {
      this.host.emitWatermark(timestamp);
    });
  }

  override processIdle(isIdle: boolean): void {
    this.#results.boundary(() => {
      this.host.emitIdle(isIdle);
    });
  }

  /** What waits for a retry is tried once more now; from now on nothing is tried again. */
  override finish(): void {
    this.isFinishing = true;
    for (const call of this.#gate.inside) call.retryNow();
  }

  emit(record: StreamRecord<OUT>): void {
    this.out.next(record);
  }

  ended(call: AsyncCall<IN, OUT, K>): void {
    this.#results.ended(call);
    if (!call.isRunning) this.cameBack(call);
  }

  /** The turn of a call that has ended. */
  #goOn({ record, outcome, attempts }: AsyncCall<IN, OUT, K>): void {
    let isDone = true;
    if (outcome?.ok === true) {
      for (const value of outcome.values) this.out.next(new StreamRecord(value, record.timestamp, record.scope));
    } else if (outcome?.ok === false) {
      isDone = judge(this.host, this.options.errors, record, outcome.error, outcome.kind, attempts);
    }
    if (isDone) record.scope.release();
  }

  cameBack({ key }: AsyncCall<IN, OUT, K>): void {
    this.host.enter(this.#leave, key);
  }

  readonly #leave = (key: K): void => {
    this.#gate.leave(key);
  };

  override async quiesce(): Promise<void> {
    const calls = this.#gate.inside;
    for (const call of calls) call.abandon();
    await Promise.all(calls.map((call) => call.back()));
  }

  override async close(): Promise<void> {
    this.#gate.close();
    await this.fn.close?.();
  }
}
