import type { OutputTag } from '../api/output-tag.js';
import type { OperatorHost } from '../runtime/operator.js';
import type { Output } from '../runtime/output.js';
import type { Scope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { outsideCall } from './function-call.js';
import type { Collector } from './process-function.js';
import type { ProcessJoinContext } from './process-join-function.js';

interface Pair {
  readonly left: number;
  readonly right: number;
  readonly scope: Scope;
}

/** The pair of an interval join in hand, as context and collector of its function. */
export class JoinCall<OUT> implements ProcessJoinContext, Collector<OUT> {
  readonly #host: OperatorHost;
  readonly #out: Output<OUT>;
  #pair: Pair | undefined;

  constructor(host: OperatorHost, out: Output<OUT>) {
    this.#host = host;
    this.#out = out;
  }

  begin(left: number, right: number, scope: Scope): void {
    this.#pair = { left, right, scope };
  }

  end(): void {
    this.#pair = undefined;
  }

  getLeftTimestamp(): number {
    return this.#inHand().left;
  }

  getRightTimestamp(): number {
    return this.#inHand().right;
  }

  getTimestamp(): number {
    const { left, right } = this.#inHand();
    return Math.max(left, right);
  }

  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void {
    this.#host.emitSide(tag, new StreamRecord<unknown>(value, this.getTimestamp(), this.#inHand().scope));
  }

  collect(value: OUT): void {
    this.#out.next(new StreamRecord(value, this.getTimestamp(), this.#inHand().scope));
  }

  #inHand(): Pair {
    if (this.#pair === undefined) throw outsideCall();
    return this.#pair;
  }
}
