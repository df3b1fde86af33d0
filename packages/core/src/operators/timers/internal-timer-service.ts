import { OperatorFailure } from '../../errors.js';
import type { Scope } from '../../runtime/scope.js';
import { MIN_WATERMARK } from '../../time/watermark.js';
import { TimerQueue } from './timer-queue.js';
import type { TimerHost } from './timer-host.js';
import type { Timer } from './timer.js';

/**
 * Longest sleep: a wall clock that was set forward is noticed within a minute. (What sleeps goes by a clock that is
 * never set, and would be late by as much as the other was set.)
 */
const MAX_SLEEP_MS = 60_000;

/** Called with the timer, its key and namespace current; the scope is for what the call emits. */
export type TimerCallback = (timer: Timer, scope: Scope) => void;

export interface InternalTimerServiceOptions {
  readonly host: TimerHost;
  readonly onEventTime: TimerCallback;
  readonly onProcessingTime: TimerCallback;
}

/**
 * The timers of one copy of an operator. There is at most one for a key, namespace, time and domain; they are kept in
 * the operator's state and are back after a restore. They fire in order of time. A timer is taken out before its
 * callback, so that the callback may set it again; one that a callback sets for a time that has come fires in the same
 * sweep. What a callback throws fails the job attempt.
 *
 * @see Flink, InternalTimerServiceImpl
 */
export class InternalTimerService {
  readonly #host: TimerHost;
  readonly #onEventTime: TimerCallback;
  readonly #onProcessingTime: TimerCallback;
  #eventTime: TimerQueue | undefined;
  #processingTime: TimerQueue | undefined;
  #watermark = MIN_WATERMARK;
  /** When the clock will wake this service, by the clock that is never set; undefined where it will not. */
  #wakeAt: number | undefined;
  #cancelWake: (() => void) | undefined;
  #isSweeping = false;
  #isClosed = false;

  constructor({ host, onEventTime, onProcessingTime }: InternalTimerServiceOptions) {
    this.#host = host;
    this.#onEventTime = onEventTime;
    this.#onProcessingTime = onProcessingTime;
  }

  /** Takes over the restored timers. Processing-time timers that are due fire at once. */
  open(): void {
    const { state } = this.#host;
    this.#eventTime = new TimerQueue(state.sortedSet('timers/event-time'));
    this.#processingTime = new TimerQueue(state.sortedSet('timers/processing-time'));
    this.#sleep();
  }

  get numEventTimeTimers(): number {
    return this.#eventTime?.size ?? 0;
  }

  get numProcessingTimeTimers(): number {
    return this.#processingTime?.size ?? 0;
  }

  /** The operator's watermark; while it is being advanced, the new one already. */
  currentWatermark(): number {
    return this.#watermark;
  }

  /** Milliseconds since 1970 UTC by the wall clock. */
  currentProcessingTime(): number {
    return this.#host.context.clock.now();
  }

  registerEventTimeTimer(namespace: string, timestamp: number): void {
    queueOf(this.#eventTime).add(this.#timer(namespace, timestamp));
  }

  deleteEventTimeTimer(namespace: string, timestamp: number): void {
    queueOf(this.#eventTime).delete(this.#timer(namespace, timestamp));
  }

  registerProcessingTimeTimer(namespace: string, timestamp: number): void {
    if (queueOf(this.#processingTime).add(this.#timer(namespace, timestamp))) this.#sleep();
  }

  deleteProcessingTimeTimer(namespace: string, timestamp: number): void {
    const queue = queueOf(this.#processingTime);
    queue.delete(this.#timer(namespace, timestamp));
    // Where others are left, the wake that was meant for this one finds out when the next is due.
    if (queue.size === 0) this.#stopSleeping();
  }

  /** Fires the event-time timers that are due at the watermark. Watermarks that go back are ignored. */
  advanceWatermark(timestamp: number): void {
    if (timestamp < this.#watermark) return;
    this.#watermark = timestamp;
    this.#fire(queueOf(this.#eventTime), timestamp, this.#onEventTime);
  }

  /**
   * The input has ended, so has time: the processing-time timers that are set fire as if theirs had come, and those that
   * they set up to the time of the last of them.
   */
  finish(): void {
    const queue = queueOf(this.#processingTime);
    const { latest } = queue;
    if (latest === undefined) return;
    this.#isSweeping = true;
    this.#fire(queue, latest, this.#onProcessingTime);
    this.#isSweeping = false;
    if (queue.size === 0) this.#stopSleeping();
    this.#sleep();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopSleeping();
  }

  #fire(queue: TimerQueue, limit: number, callback: TimerCallback): void {
    if (this.#isClosed) return;
    const { state } = this.#host;
    let scope: Scope | undefined;
    try {
      for (let timer = queue.pollUntil(limit); timer !== undefined; timer = queue.pollUntil(limit)) {
        scope ??= this.#host.createScope();
        state.setCurrentKey(timer.key);
        state.setCurrentNamespace(timer.namespace);
        callback(timer, scope);
      }
    } catch (error) {
      this.close();
      this.#host.fail(new OperatorFailure(this.#host.context.operator, error));
    } finally {
      scope?.release();
    }
  }

  #fireProcessingTime(): void {
    this.#isSweeping = true;
    this.#fire(queueOf(this.#processingTime), this.currentProcessingTime(), this.#onProcessingTime);
    this.#isSweeping = false;
    this.#wakeAt = undefined;
    this.#sleep();
  }

  /** Has the clock call when the earliest timer is due; only that one is ever set with it. */
  #sleep(): void {
    const first = this.#processingTime?.first;
    if (first === undefined || this.#isSweeping || this.#isClosed) return;
    const { clock } = this.#host.context;
    const delay = Math.min(first.timestamp - clock.now(), MAX_SLEEP_MS);
    const wakeAt = clock.monotonic() + delay;
    if (this.#wakeAt !== undefined && this.#wakeAt <= wakeAt) return;
    this.#stopSleeping();
    const wake = (): void => {
      this.#cancelWake = undefined;
      // Nothing else is to be set while the sweep waits for its turn, or for a checkpoint.
      this.#wakeAt = Number.NEGATIVE_INFINITY;
      this.#host.enterWhenRunning(() => {
        this.#fireProcessingTime();
      });
    };
    this.#wakeAt = wakeAt;
    if (delay <= 0) wake();
    else this.#cancelWake = clock.setTimer(delay, wake);
  }

  #stopSleeping(): void {
    if (this.#cancelWake === undefined) return; // not set, or it has called and the sweep waits
    this.#cancelWake();
    this.#cancelWake = undefined;
    this.#wakeAt = undefined;
  }

  #timer(namespace: string, timestamp: number): Timer {
    if (!Number.isSafeInteger(timestamp)) {
      throw new RangeError(`a timer's time is a whole number of milliseconds, not ${String(timestamp)}`);
    }
    return { timestamp, key: this.#host.state.currentKey, namespace };
  }
}

function queueOf(queue: TimerQueue | undefined): TimerQueue {
  if (queue === undefined) throw new Error('timers are set while an element or a timer is in hand, not before open');
  return queue;
}
