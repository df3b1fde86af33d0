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
  /**
   * Runs what comes from outside a call (an answer, a timer, a group let in) as a call of the task: now where none is
   * running, else when that is over. Not at all once the task is closing.
   */
  enter(call: () => void): void;
  /** Fails the job attempt; positions of the task stand still from now on. */
  fail(error: unknown): void;
  /** Places that the copies of this operator in the process share. */
  sharedPermits(capacity: number): Permits;
  /**
   * Says that the operator waits for something outside and why; the returned function takes it back.
   *
   * @param since wall-clock milliseconds of the first failure
   */
  waiting(error: unknown, since: number): () => void;
}

/**
 * One copy of an operator in one task. Calls never overlap. `processElement` should not throw: user code is caught
 * inside and judged by the operator's error policy, so that one element never tears the chain. What is thrown
 * nevertheless fails the job attempt.
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

  /** An error that escaped from `processElement`. */
  escaped(error: unknown): void {
    this.host.fail(error);
  }

  /**
   * State to keep in a checkpoint, taken when nothing is in flight; undefined where the operator has none. It is made
   * of what structured cloning can copy.
   */
  snapshotState(): unknown {
    return undefined;
  }

  /** Called before `open` with what `snapshotState` returned. */
  restoreState(_state: unknown): void {}

  /**
   * The task is closing, its signal has aborted: give up what is unfinished, begin nothing. Resolves when the calls of
   * user functions that are running have come back.
   */
  quiesce(): Promise<void> {
    return Promise.resolve();
  }

  /** Called once, after `quiesce`; also where `open` failed or was never called. */
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
          // RxJS would throw it in a timer of its own: the process would end, the element be lost silently.
          try {
            operator.processElement(record);
          } catch (error) {
            operator.escaped(error);
          }
        },
        complete: () => {
          subscriber.complete();
        },
      });
    });
}
