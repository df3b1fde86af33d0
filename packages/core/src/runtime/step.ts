import { OwnSubscriber } from '../rx.js';
import type { Output } from './output.js';
import { StreamRecord } from './stream-record.js';

/** What an operator does that is one call of a user function for each element, and nothing before, between or after. */
export interface Step {
  /** Gives the element that goes on; of a filter, whether it goes on. */
  readonly call: (value: unknown) => unknown;
  readonly isFilter: boolean;
  /** The call has thrown for this element. Must not throw. */
  readonly failed: (record: StreamRecord<unknown>, error: unknown) => void;
}

/**
 * Steps that follow each other, as one loop over their functions: one record for all of them instead of one for each,
 * and no calls between operators. To RxJS one subscriber.
 */
export class Steps extends OwnSubscriber<StreamRecord<unknown>> {
  readonly #steps: readonly Step[];
  readonly #out: Output<unknown>;

  private constructor(steps: readonly Step[], out: Output<unknown>) {
    super();
    this.#steps = steps;
    this.#out = out;
  }

  /** The step before what reads it; taken together where that begins with steps too. */
  static before(step: Step, out: Output<unknown>): Steps {
    return out instanceof Steps ? new Steps([step, ...out.#steps], out.#out) : new Steps([step], out);
  }

  override next(record: StreamRecord<unknown>): void {
    const steps = this.#steps;
    let { value } = record;
    let at = 0;
    try {
      for (; at < steps.length; at += 1) {
        const step = steps[at]!;
        const result = step.call(value);
        if (!step.isFilter) value = result;
        else if (!result) return;
      }
    } catch (error) {
      steps[at]!.failed(new StreamRecord(value, record.timestamp, record.scope), error);
      return;
    }
    this.#out.next(value === record.value ? record : new StreamRecord(value, record.timestamp, record.scope));
  }
}
