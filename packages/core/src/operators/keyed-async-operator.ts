import { KeyedGate } from '../runtime/keyed-gate.js';
import { Permits } from '../runtime/permits.js';
import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { OperatorFailure } from '../errors.js';
import { AsyncCall } from './async-call.js';
import type { AsyncCallOptions, AsyncOutcome } from './async-call.js';
import type { AsyncFunction } from './async-function.js';
import { judge } from './judge.js';

/** Calls of one key one after another and in order, of different keys concurrently, at most `capacity` in a task. */
export class KeyedAsyncOperator<K, IN, OUT> extends StreamOperator<IN, OUT> {
  readonly #keyOf: (value: IN) => K;
  readonly #function: AsyncFunction<IN, OUT>;
  readonly #options: AsyncCallOptions<IN>;
  readonly #gate: KeyedGate<K, StreamRecord<IN>>;
  readonly #calls = new Map<AsyncCall<IN, OUT>, K>();

  constructor(keyOf: (value: IN) => K, fn: AsyncFunction<IN, OUT>, options: AsyncCallOptions<IN>, capacity: number) {
    super();
    this.#keyOf = keyOf;
    this.#function = fn;
    this.#options = options;
    this.#gate = new KeyedGate(new Permits(capacity), false, (key, [record]) => {
      const call = new AsyncCall(this.host, this.#function, this.#options, record, this.#emit, this.#onEnd);
      this.#calls.set(call, key);
      call.start();
    });
  }

  override open(): void | Promise<void> {
    return this.#function.open?.(this.host.context);
  }

  override processElement(record: StreamRecord<IN>): void {
    let key: K;
    try {
      key = this.#keyOf(record.value);
    } catch (error) {
      this.host.fail(new OperatorFailure(this.host.context.operator, error));
      return;
    }
    record.scope.retain();
    this.#gate.arrive(key, record);
  }

  readonly #emit = (record: StreamRecord<OUT>): void => {
    this.out.next(record);
  };

  readonly #onEnd = (call: AsyncCall<IN, OUT>, outcome: AsyncOutcome<OUT>): void => {
    const { record } = call;
    const key = this.#calls.get(call) as K;
    // A call that timed out may still be running; the next of its key must not overlap with it.
    void call.back().then(() => {
      this.#calls.delete(call);
      this.#gate.leave(key);
    });
    if (outcome.ok) {
      for (const value of outcome.values) this.out.next(new StreamRecord(value, record.timestamp, record.scope));
    } else {
      judge(this.host, this.#options.errors, record, outcome.error, outcome.kind, call.attempt);
      if (outcome.kind === 'infrastructure' || (this.#options.errors?.onEventError ?? 'fail') === 'fail') return;
    }
    record.scope.release();
  };

  override async quiesced(): Promise<void> {
    await Promise.all([...this.#calls.keys()].map((call) => call.back()));
  }

  override async close(): Promise<void> {
    this.#gate.close();
    for (const call of this.#calls.keys()) call.abandon();
    await this.#function.close?.();
  }
}
