import { Deque } from '../runtime/deque.js';
import { StreamOperator } from '../runtime/operator.js';
import type { OperatorHost } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { AsyncCall } from './async-call.js';
import type { AsyncCallOptions, AsyncCallOwner } from './async-call.js';
import type { AsyncFunction } from './async-function.js';
import { checkCapacity } from './check-options.js';
import { judge } from './judge.js';

/**
 * Asynchronous I/O: at most `capacity` elements of this task are being worked on, the others wait in order inside the
 * bound of what the task may have in flight. `ordered` emits in input order, `unordered` as results come. As in Flink an
 * element that is done but waits for those before it counts against the capacity; one that timed out does not, though
 * its call may still be running.
 *
 * @see Flink, "Asynchronous I/O for External Data Access"
 */
export class AsyncOperator<IN, OUT> extends StreamOperator<IN, OUT> implements AsyncCallOwner<IN, OUT> {
  readonly fn: AsyncFunction<IN, OUT>;
  readonly options: AsyncCallOptions<IN>;
  declare readonly host: OperatorHost;
  readonly #capacity: number;
  readonly #ordered: boolean;
  readonly #waiting = new Deque<StreamRecord<IN>>();
  /** Calls that have not ended, and ended ones whose user function is still running. */
  readonly #calls = new Set<AsyncCall<IN, OUT>>();
  /** Ordered mode: calls in input order, ended ones waiting for those before them. */
  readonly #order = new Deque<AsyncCall<IN, OUT>>();
  #occupied = 0;

  constructor(fn: AsyncFunction<IN, OUT>, options: AsyncCallOptions<IN>, capacity: number, ordered: boolean) {
    super();
    checkCapacity(capacity);
    this.fn = fn;
    this.options = options;
    this.#capacity = capacity;
    this.#ordered = ordered;
  }

  override open(): void | Promise<void> {
    return this.fn.open?.(this.host.context);
  }

  override processElement(record: StreamRecord<IN>): void {
    record.scope.retain();
    this.#waiting.push(record);
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (this.#occupied < this.#capacity) {
      const record = this.#waiting.shift();
      if (record === undefined) return;
      this.#occupied += 1;
      const call = new AsyncCall(this, record);
      this.#calls.add(call);
      if (this.#ordered) this.#order.push(call);
      call.start();
    }
  }

  emit(record: StreamRecord<OUT>): void {
    this.out.next(record);
  }

  ended(call: AsyncCall<IN, OUT>): void {
    if (!call.isRunning) this.#calls.delete(call);
    if (!this.#ordered) {
      this.#finish(call);
    } else {
      while (this.#order.peek()?.outcome !== undefined) this.#finish(this.#order.shift() as AsyncCall<IN, OUT>);
    }
    this.#startWaiting();
  }

  cameBack(call: AsyncCall<IN, OUT>): void {
    this.#calls.delete(call);
  }

  #finish({ record, outcome, attempts }: AsyncCall<IN, OUT>): void {
    this.#occupied -= 1;
    if (outcome?.ok === true) {
      for (const value of outcome.values) this.out.next(new StreamRecord(value, record.timestamp, record.scope));
    } else if (outcome?.ok === false) {
      // Where the attempt is failing, the record must be replayed: its scope is never released.
      if (!judge(this.host, this.options.errors, record, outcome.error, outcome.kind, attempts)) return;
    }
    record.scope.release();
  }

  override async quiesce(): Promise<void> {
    this.#waiting.drain();
    for (const call of this.#calls) call.abandon();
    await Promise.all([...this.#calls].map((call) => call.back()));
  }

  override async close(): Promise<void> {
    await this.fn.close?.();
  }
}
