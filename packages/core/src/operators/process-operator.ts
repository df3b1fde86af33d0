import type { OutputTag } from '../api/output-tag.js';
import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { RichFunction } from './async-function.js';
import type { ErrorPolicy } from './error-policy.js';
import { judge, kindOf } from './judge.js';
import type { Collector, ProcessContext, ProcessFunction } from './process-function.js';

/** A function as it may be: the type says void, but an async function passes for one. */
interface AnyAnswer<IN, OUT> extends RichFunction {
  processElement(value: IN, context: ProcessContext, out: Collector<OUT>): unknown;
}

/** Runs a ProcessFunction; one object serves as context and collector of all its calls. */
export class ProcessOperator<IN, OUT> extends StreamOperator<IN, OUT> implements ProcessContext, Collector<OUT> {
  readonly #function: AnyAnswer<IN, OUT>;
  readonly #errors: ErrorPolicy<IN> | undefined;
  #current: StreamRecord<IN> | undefined;

  constructor(fn: ProcessFunction<IN, OUT>, errors: ErrorPolicy<IN> | undefined) {
    super();
    this.#function = fn;
    this.#errors = errors;
  }

  override open(): void | Promise<void> {
    return this.#function.open?.(this.host.context);
  }

  override processElement(record: StreamRecord<IN>): void {
    this.#current = record;
    try {
      const returned = this.#function.processElement(record.value, this, this);
      if (returned instanceof Promise) throw notSynchronous(returned);
    } catch (error) {
      judge(this.host, this.#errors, record, error, kindOf(this.#errors, error), 1);
    } finally {
      this.#current = undefined;
    }
  }

  timestamp(): number | undefined {
    return this.#element().timestamp;
  }

  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void {
    const { timestamp, scope } = this.#element();
    this.host.emitSide(tag, new StreamRecord<unknown>(value, timestamp, scope));
  }

  collect(value: OUT): void {
    const { timestamp, scope } = this.#element();
    this.out.next(new StreamRecord(value, timestamp, scope));
  }

  #element(): StreamRecord<IN> {
    if (this.#current === undefined) {
      throw new Error('context and collector of a process function are valid during the call only');
    }
    return this.#current;
  }

  override close(): void | Promise<void> {
    return this.#function.close?.();
  }
}

/** The element of an async function would be settled before it is dealt with. */
function notSynchronous(returned: Promise<unknown>): TypeError {
  returned.catch(() => undefined);
  return new TypeError('processElement returned a promise; what answers later belongs in AsyncDataStream');
}
