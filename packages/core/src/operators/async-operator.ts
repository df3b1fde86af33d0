import { Deque } from '../runtime/deque.js';
import { StreamOperator } from '../runtime/operator.js';
import type { OperatorHost } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { AsyncCall } from './async-call.js';
import type { AsyncCallOptions, AsyncCallOwner } from './async-call.js';
import type { AsyncFunction } from './async-function.js';
import { OrderedResults, UnorderedResults } from './async-results.js';
import type { AsyncResults } from './async-results.js';
import { checkCapacity } from './check-options.js';
import { judge } from './judge.js';

/** A watermark or a change of idleness, on its way among the elements. */
class Boundary {
  readonly pass: () => void;

  constructor(pass: () => void) {
    this.pass = pass;
  }
}

/**
 * Asynchronous I/O: at most `capacity` elements of this task are being worked on, the others wait in order inside the
 * bound of what the task may have in flight. `ordered` emits in input order with watermarks in place, `unordered` as
 * results come, but never across a watermark. As in Flink an element that waits for a retry, or is done and waits for
 * those before it, counts against the capacity; one that timed out does not, though its call may still be running.
 *
 * @see Flink, "Asynchronous I/O for External Data Access"
 */
export class AsyncOperator<IN, OUT> extends StreamOperator<IN, OUT> implements AsyncCallOwner<IN, OUT> {
  readonly fn: AsyncFunction<IN, OUT>;
  readonly options: AsyncCallOptions<IN>;
  declare readonly host: OperatorHost;
  isFinishing = false;
  readonly #capacity: number;
  readonly #waiting = new Deque<StreamRecord<IN> | Boundary>();
  /** Calls that have not ended, and ended ones whose user function is still running. */
  readonly #calls = new Set<AsyncCall<IN, OUT>>();
  readonly #results: AsyncResults<AsyncCall<IN, OUT>>;
  #occupied = 0;

  constructor(fn: AsyncFunction<IN, OUT>, options: AsyncCallOptions<IN>, capacity: number, ordered: boolean) {
    super();
    checkCapacity(capacity);
    this.fn = fn;
    this.options = options;
    this.#capacity = capacity;
    const goOn = (call: AsyncCall<IN, OUT>): void => {
      this.#goOn(call);
    };
    this.#results = ordered
      ? new OrderedResults((call) => call.outcome !== undefined, goOn)
      : new UnorderedResults(goOn);
  }

  override open(): void | Promise<void> {
    return this.fn.open?.(this.host.context);
  }

  override processElement(record: StreamRecord<IN>): void {
    record.scope.retain();
    this.#waiting.push(record);
    this.#startWaiting();
  }

  override processWatermark(timestamp: number): void {
    this.#arrive(() => {
      this.host.emitWatermark(timestamp);
    });
  }

  /** In its place among the elements: readers that ceased to wait for this input would call its elements late. */
  override processIdle(isIdle: boolean): void {
    this.#arrive(() => {
      this.host.emitIdle(isIdle);
    });
  }

  /** What waits for a retry is tried once more now; from now on nothing is tried again. */
  override finish(): void {
    this.isFinishing = true;
    for (const call of this.#calls) call.retryNow();
  }

  #arrive(pass: () => void): void {
    this.#waiting.push(new Boundary(pass));
    this.#startWaiting();
  }

  #startWaiting(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (next instanceof Boundary) {
        this.#waiting.shift();
        this.#results.boundary(next.pass);
        continue;
      }
      if (this.#occupied >= this.#capacity) return;
      this.#waiting.shift();
      this.#occupied += 1;
      const call = new AsyncCall(this, next, undefined);
      this.#calls.add(call);
      this.#results.begin(call);
      call.start();
    }
  }

  emit(record: StreamRecord<OUT>): void {
    this.out.next(record);
  }

  ended(call: AsyncCall<IN, OUT>): void {
    if (!call.isRunning) this.#calls.delete(call);
    this.#results.ended(call);
    this.#startWaiting();
  }

  cameBack(call: AsyncCall<IN, OUT>): void {
    this.#calls.delete(call);
  }

  /** The turn of a call that has ended. */
  #goOn({ record, outcome, attempts }: AsyncCall<IN, OUT>): void {
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
