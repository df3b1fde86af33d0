import { Observable } from 'rxjs';
import type { Observer, OperatorFunction } from 'rxjs';
import type { OutputTag } from '../api/output-tag.js';
import type { RuntimeContext } from '../operators/async-function.js';
import type { Permits } from './permits.js';
import type { StreamRecord } from './stream-record.js';

/** What a task is to one of its operators. */
export interface OperatorHost {
  /** Handed to user functions. */
  readonly context: RuntimeContext;
  /** Puts an element into the task's queue for side outputs, delivered when the current call is over. */
  emitSide(tag: OutputTag<unknown>, record: StreamRecord<unknown>): void;
  /** Fails the job attempt. */
  fail(error: unknown): void;
  /** Places that the copies of this operator in the process share. */
  sharedPermits(capacity: number): Permits;
  /** Says that the operator waits for something outside and why; the returned function takes it back. */
  waiting(error: unknown): () => void;
}

/**
 * One copy of an operator in one task. Calls never overlap. `processElement` must not throw: user code is caught inside
 * and judged by the operator's error policy, so that one element never tears the chain.
 */
export abstract class StreamOperator<IN, OUT> {
  protected host!: OperatorHost;
  protected out!: Observer<StreamRecord<OUT>>;

  setup(host: OperatorHost): void {
    this.host = host;
  }

  /** Called by the stage when the chain is wired, before `open`. */
  connect(out: Observer<StreamRecord<OUT>>): void {
    this.out = out;
  }

  open(): void | Promise<void> {}

  abstract processElement(record: StreamRecord<IN>): void;

  /** State to keep in a checkpoint, taken when nothing is in flight; undefined where the operator has none. */
  snapshotState(): unknown {
    return undefined;
  }

  /** Called before `open` with what `snapshotState` returned. */
  restoreState(_state: unknown): void {}

  /** Resolves when work that the operator began outside (calls of user functions) has ended. */
  quiesced(): Promise<void> {
    return Promise.resolve();
  }

  close(): void | Promise<void> {}
}

/** The operator as an RxJS operator on stream elements. */
export function stage<IN, OUT>(
  operator: StreamOperator<IN, OUT>,
): OperatorFunction<StreamRecord<IN>, StreamRecord<OUT>> {
  return (source) =>
    new Observable((subscriber) => {
      operator.connect(subscriber);
      return source.subscribe({
        next: (record) => {
          operator.processElement(record);
        },
        complete: () => {
          subscriber.complete();
        },
      });
    });
}
