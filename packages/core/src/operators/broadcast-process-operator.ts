import type { BroadcastDescriptor } from '../api/broadcast-stream.js';
import { ReadingContext, WritingContext } from './broadcast-contexts.js';
import type { BroadcastProcessFunction } from './broadcast-functions.js';
import { BroadcastStates } from './broadcast-states.js';
import { CoProcessOperator } from './co-process-operator.js';
import type { ErrorPolicy } from './error-policy.js';

/** Runs a BroadcastProcessFunction: the second input is the broadcast one. */
export class BroadcastProcessOperator<IN, B, OUT> extends CoProcessOperator<IN, B, OUT> {
  readonly #descriptors: readonly BroadcastDescriptor[];
  #states!: BroadcastStates;
  #reading: ReadingContext | undefined;
  #writing: WritingContext | undefined;

  constructor(
    fn: BroadcastProcessFunction<IN, B, OUT>,
    descriptors: readonly BroadcastDescriptor[],
    errors: ErrorPolicy<IN | B> | undefined,
  ) {
    super(
      {
        open: (context) => fn.open?.(context),
        // The context of an operator copy is one object for all calls; so is what wraps it.
        processElement1: (value, context, out) =>
          fn.processElement(value, (this.#reading ??= new ReadingContext(context, this.#states)), out),
        processElement2: (value, context, out) =>
          fn.processBroadcastElement(value, (this.#writing ??= new WritingContext(context, this.#states)), out),
        close: () => fn.close?.(),
      },
      errors,
    );
    this.#descriptors = descriptors;
  }

  override open(): void | Promise<void> {
    this.#states = new BroadcastStates(this.host.state, this.#descriptors);
    return super.open();
  }
}
