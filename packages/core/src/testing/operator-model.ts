import { MIN_WATERMARK } from '../time/watermark.js';
import type { TimeDomain } from '../operators/timers/timer.js';
import type { PlanItem, PlanSubject } from './operator-plan.js';

/** A naive model of an operator of two inputs. */
export interface PlanModel extends PlanSubject {
  /** Whether the output is compared in its order, else sorted. */
  readonly isOrdered: boolean;
  /** What must be kept in the end; undefined: not compared. */
  readonly left?: Kept;
  /** What must be kept when the inputs have ended behind the plan; undefined: not compared. */
  readonly leftAtEnd?: Kept;
}

/** What an operator keeps. */
export interface Kept {
  /** Keys that have something, over all states. */
  readonly entries: number;
  readonly eventTimeTimers: number;
  readonly processingTimeTimers: number;
}

/** A timer as a model keeps it. */
export interface ModelTimer {
  readonly domain: TimeDomain;
  readonly key: string;
  readonly time: number;
}

/** Time, watermarks and timers of an operator of two inputs, by plain arrays; what it does is left to subclasses. */
export abstract class OperatorModel implements PlanModel {
  readonly isOrdered = true;
  readonly said: string[] = [];
  readonly side: string[] = [];
  protected now = 0;
  protected lowerWatermark = MIN_WATERMARK;
  #timers: ModelTimer[] = [];
  #watermarks = { 1: MIN_WATERMARK, 2: MIN_WATERMARK };

  /** Keys that have something, over all states. */
  protected abstract readonly entries: number;

  protected abstract onElement(input: 1 | 2, item: PlanItem): void;
  protected abstract onTimer(timer: ModelTimer): void;

  get left(): Kept {
    const timers = (domain: TimeDomain): number => this.#timers.filter((each) => each.domain === domain).length;
    return {
      entries: this.entries,
      eventTimeTimers: timers('EVENT_TIME'),
      processingTimeTimers: timers('PROCESSING_TIME'),
    };
  }

  protected set(domain: TimeDomain, key: string, time: number): void {
    this.unset(domain, key, time);
    this.#timers.push({ domain, key, time });
  }

  protected unset(domain: TimeDomain, key: string, time: number): void {
    this.#timers = this.#timers.filter((each) => each.domain !== domain || each.key !== key || each.time !== time);
  }

  element(input: 1 | 2, item: PlanItem): void {
    this.onElement(input, item);
    this.#fire('PROCESSING_TIME', this.now);
  }

  watermark(input: 1 | 2, timestamp: number): void {
    this.#watermarks[input] = timestamp;
    const lower = Math.min(this.#watermarks[1], this.#watermarks[2]);
    if (lower <= this.lowerWatermark) return;
    this.lowerWatermark = lower;
    this.#fire('EVENT_TIME', lower);
    this.#fire('PROCESSING_TIME', this.now);
  }

  advance(ms: number): void {
    for (let n = 0; n < ms; n += 1) {
      this.now += 1;
      this.#fire('PROCESSING_TIME', this.now);
    }
  }

  /** How far event time is, is no state. */
  restart(): void {
    this.lowerWatermark = MIN_WATERMARK;
    this.#watermarks = { 1: MIN_WATERMARK, 2: MIN_WATERMARK };
  }

  #fire(domain: TimeDomain, limit: number): void {
    for (;;) {
      const [first] = this.#timers
        .filter((each) => each.domain === domain && each.time <= limit)
        .sort((one, other) => one.time - other.time || (one.key < other.key ? -1 : 1));
      if (first === undefined) return;
      this.unset(first.domain, first.key, first.time);
      this.onTimer(first);
    }
  }
}
