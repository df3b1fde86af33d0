import type { OutputTag } from '../api/output-tag.js';
import type { RuntimeContext } from '../operators/async-function.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import type { Output } from './output.js';
import type { Permits } from './permits.js';
import type { Scope } from './scope.js';
import type { Step } from './step.js';
import type { StreamRecord } from './stream-record.js';

/** What a task is to one of its operators. */
export interface OperatorHost {
  /** Handed to user functions. */
  readonly context: RuntimeContext;
  /** Milliseconds between two looks at a watermark generator; 0: none without an element. */
  readonly autoWatermarkIntervalMs: number;
  /** Keyed state of this operator in this task. @throws MillraceError for an operator that was added without state */
  readonly state: KeyedStateBackend;
  /** Puts an element into the task's queue for side outputs, delivered when the current call is over. */
  emitSide(tag: OutputTag<unknown>, record: StreamRecord<unknown>): void;
  /**
   * Runs what comes from outside a call (an answer, a timer, a group let in) as a call of the task: now where none is
   * running, else when that is over. Not at all once the task is closing.
   *
   * @param subject handed to `call`, so that what is called for each element needs no closure
   */
  enter<T>(call: (subject: T) => void, subject: T): void;
  enter(call: () => void): void;
  /** Fails the job attempt; positions of the task stand still from now on. */
  fail(error: unknown): void;
  /**
   * Places that the copies of this operator in the process share.
   *
   * @param adaptive whether fewer are given out while the services are slow
   */
  sharedPermits(capacity: number, adaptive: boolean): Permits;
  /**
   * Says that the operator waits for something outside and why; the returned function takes it back.
   *
   * @param since wall-clock milliseconds of the first failure
   */
  waiting(error: unknown, since: number): () => void;
  /**
   * Passes a watermark on: readers of this operator's main output and side outputs take the minimum over their inputs.
   * One that does not go forward has no effect.
   */
  emitWatermark(timestamp: number): void;
  /** Tells the readers that nothing comes for now, or that something comes again. */
  emitIdle(isIdle: boolean): void;
  /**
   * A scope for what no element of the input caused: a timer, the end of the input. Comes with one reference, to be
   * released when the call is over; counts as in flight until everything emitted with it is acknowledged.
   */
  createScope(): Scope;
  /** As `enter`, but while a checkpoint or a stop holds the task the call waits until it goes on: for timers. */
  enterWhenRunning(call: () => void): void;
}

/**
 * One copy of an operator in one task. Calls never overlap. `processElement` should not throw: user code is caught
 * inside and judged by the operator's error policy, so that one element never tears the chain. What is thrown
 * nevertheless fails the job attempt.
 */
export abstract class StreamOperator<IN, OUT> {
  protected host!: OperatorHost;
  protected out!: Output<OUT>;

  setup(host: OperatorHost): void {
    this.host = host;
  }

  /** Called when the chain is wired, before `open`. */
  connect(out: Output<OUT>): void {
    this.out = out;
  }

  open(): void | Promise<void> {}

  abstract processElement(record: StreamRecord<IN>): void;

  /** What `processElement` does, where that is one call: it is taken together with the steps around it then. */
  get step(): Step | undefined {
    return undefined;
  }

  /**
   * No element at or below `timestamp` comes any more. An operator with timers fires those that are due, then passes the
   * watermark on; one that keeps elements back passes it on when those before it are out.
   */
  processWatermark(timestamp: number): void {
    this.host.emitWatermark(timestamp);
  }

  /** All inputs are idle, or one is active again. */
  processIdle(isIdle: boolean): void {
    this.host.emitIdle(isIdle);
  }

  /** Called behind each chunk of records of the task's sources: for what makes watermarks itself. */
  afterChunk?(): void;

  /** Timers that wait for event time. */
  get numEventTimeTimers(): number {
    return 0;
  }

  /** Timers that wait for the clock. */
  get numProcessingTimeTimers(): number {
    return 0;
  }

  /** The inputs have ended (bounded sources, or a stop that drains): after MAX_WATERMARK, nothing comes any more. */
  finish(): void {}

  /** An error that escaped from `processElement`. */
  escaped(error: unknown): void {
    this.host.fail(error);
  }

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

/** An operator of two streams of different types. Calls never overlap; which input is read first is not controlled. */
export abstract class TwoInputStreamOperator<IN1, IN2, OUT> extends StreamOperator<never, OUT> {
  abstract processElement1(record: StreamRecord<IN1>): void;
  abstract processElement2(record: StreamRecord<IN2>): void;

  override processElement(): void {
    throw new Error('an operator of two inputs has no single one');
  }
}
