import type { OutputTag } from '../api/output-tag.js';
import type { AsyncContext } from './async-function.js';

/** The call that a try belongs to. */
export interface TriedCall<OUT> {
  readonly timestamp: number | undefined;
  readonly signal: AbortSignal;
  emitAcknowledged(by: Try<OUT>, value: OUT): Promise<void>;
  succeeded(attempt: Try<OUT>, values: unknown): void;
}

/** One try: what the user function gets. A try that is over can emit nothing, whatever it left running. */
export class Try<OUT> implements AsyncContext<OUT> {
  readonly attempt: number;
  /** What goes to side outputs when the try succeeds; undefined as long as it is nothing. */
  side: { readonly tag: OutputTag<unknown>; readonly value: unknown }[] | undefined;
  /** What the user function resolved with. */
  answer: unknown;
  readonly #call: TriedCall<OUT>;
  readonly #signal: AbortSignal | undefined;

  /** @param signal instead of the call's own, which has aborted when the time is over */
  constructor(call: TriedCall<OUT>, attempt: number, signal?: AbortSignal) {
    this.#call = call;
    this.attempt = attempt;
    this.#signal = signal;
  }

  get timestamp(): number | undefined {
    return this.#call.timestamp;
  }

  get signal(): AbortSignal {
    return this.#signal ?? this.#call.signal;
  }

  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void {
    (this.side ??= []).push({ tag, value });
  }

  emitAcknowledged(value: OUT): Promise<void> {
    return this.#call.emitAcknowledged(this, value);
  }

  /** The answer is there. */
  succeeded(): void {
    this.#call.succeeded(this, this.answer);
  }
}
