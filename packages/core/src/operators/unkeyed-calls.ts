import type { OperatorHost } from '../runtime/operator.js';
import type { Output } from '../runtime/output.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import type { ErrorPolicy } from './error-policy.js';
import { FunctionCall, mustBeSynchronous } from './function-call.js';
import { judge, kindOf } from './judge.js';
import { UnkeyedTimerService } from './timers/timer-service.js';

/** The calls of a user function for elements that have no key. */
export class UnkeyedCalls<OUT> {
  readonly #host: OperatorHost;
  readonly #call: FunctionCall<OUT>;

  /** @param watermark gives the operator's watermark */
  constructor(host: OperatorHost, out: Output<OUT>, watermark: () => number) {
    this.#host = host;
    this.#call = new FunctionCall(host, out, new UnkeyedTimerService(() => host.context.clock.now(), watermark));
  }

  /** The call in hand; one object for all. */
  get call(): FunctionCall<OUT> {
    return this.#call;
  }

  /**
   * Calls the function for an element; what is thrown is judged by the policy.
   *
   * @param name of the function, for messages
   */
  process<IN>(
    record: StreamRecord<IN>,
    name: string,
    errors: ErrorPolicy<IN> | undefined,
    process: (value: IN, call: FunctionCall<OUT>) => unknown,
  ): void {
    this.#call.begin(record);
    try {
      mustBeSynchronous(process(record.value, this.#call), name);
    } catch (error) {
      judge(this.#host, errors, record, error, kindOf(errors, error), 1);
    } finally {
      this.#call.end();
    }
  }
}
