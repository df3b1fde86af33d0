import { Deque } from '../runtime/deque.js';
import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { AsyncCall } from './async-call.js';
import type { AsyncCallOptions, AsyncOutcome } from './async-call.js';
import type { AsyncFunction } from './async-function.js';
import { judge } from './judge.js';

interface Ended<IN, OUT> {
  readonly call: AsyncCall<IN, OUT>;
  outcome: AsyncOutcome<OUT> | undefined;
}

/**
 * Asynchronous I/O: at most `capacity` elements of this task are being worked on, the others wait in order inside the
 * bound of what the task may have in flight. `ordered` emits in input order, `unordered` as results come.
 *
 * @see Flink, "Asynchronous I/O for External Data Access"
 */
export class AsyncOperator<IN, OUT> extends StreamOperator<IN, OUT> {
  readonly #function: AsyncFunction<IN, OUT>;
  readonly #options: AsyncCallOptions<IN>;
  readonly #capacity: number;
  readonly #ordered: boolean;
  readonly #waiting = new Deque<StreamRecord<IN>>();
  readonly #calls = new Set<AsyncCall<IN, OUT>>();
  /** Ordered mode: calls in input order, ended ones waiting for those before them. */
  readonly #order = new Deque<Ended<IN, OUT>>();
  readonly #byCall = new Map<AsyncCall<IN, OUT>, Ended<IN, OUT>>();
  #occupied = 0;

  constructor(fn: AsyncFunction<IN, OUT>, options: AsyncCallOptions<IN>, capacity: number, ordered: boolean) {
    super();
    this.#function = fn;
    this.#options = options;
    this.#capacity = capacity;
    this.#ordered = ordered;
  }

  override open(): void | Promise<void> {
    return this.#function.open?.(this.host.context);
  }

  override processElement(record: StreamRecord<IN>): void {
    record.scope.retain();
    if (this.#occupied < this.#capacity) this.#start(record);
    else this.#waiting.push(record);
  }

  #start(record: StreamRecord<IN>): void {
    this.#occupied += 1;
    const call = new AsyncCall(this.host, this.#function, this.#options, record, this.#emit, this.#onEnd);
    this.#calls.add(call);
    if (this.#ordered) {
      const entry = { call, outcome: undefined };
      this.#order.push(entry);
      this.#byCall.set(call, entry);
    }
    call.start();
  }

  readonly #emit = (record: StreamRecord<OUT>): void => {
    this.out.next(record);
  };

  readonly #onEnd = (call: AsyncCall<IN, OUT>, outcome: AsyncOutcome<OUT>): void => {
    if (!this.#ordered) {
      this.#finish(call, outcome);
    } else {
      const entry = this.#byCall.get(call);
      if (entry !== undefined) entry.outcome = outcome;
      for (let first = this.#order.peek(); first?.outcome !== undefined; first = this.#order.peek()) {
        this.#order.shift();
        this.#byCall.delete(first.call);
        this.#finish(first.call, first.outcome);
      }
    }
    while (this.#occupied < this.#capacity) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#start(next);
    }
  };

  #finish(call: AsyncCall<IN, OUT>, outcome: AsyncOutcome<OUT>): void {
    const { record } = call;
    this.#occupied -= 1;
    // A call that timed out may still be running: it is watched until it is back.
    void call.back().then(() => this.#calls.delete(call));
    if (outcome.ok) {
      for (const value of outcome.values) this.out.next(new StreamRecord(value, record.timestamp, record.scope));
    } else {
      judge(this.host, this.#options.errors, record, outcome.error, outcome.kind, call.attempt);
      // The attempt is failing: the record must be replayed, so its scope is never released.
      if (outcome.kind === 'infrastructure' || (this.#options.errors?.onEventError ?? 'fail') === 'fail') return;
    }
    record.scope.release();
  }

  override async quiesced(): Promise<void> {
    await Promise.all([...this.#calls].map((call) => call.back()));
  }

  override async close(): Promise<void> {
    this.#waiting.drain();
    for (const call of this.#calls) call.abandon();
    await this.#function.close?.();
  }
}
