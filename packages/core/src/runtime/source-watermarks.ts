import type { Clock } from '../clock.js';
import { MAX_WATERMARK, MIN_WATERMARK } from '../time/watermark.js';
import type { WatermarkGenerator, WatermarkOutput } from '../time/watermark-generator.js';
import type { TimestampAssigner, WatermarkStrategy } from '../time/watermark-strategy.js';

/** What becomes known of one split's event time. */
export interface SplitTimeListener {
  advanced(watermark: number): void;
  idle(isIdle: boolean): void;
}

/** Event time of one split: its generator, and whether it is idle. */
export class SourceWatermarks implements WatermarkOutput {
  readonly #generator: WatermarkGenerator<unknown>;
  readonly #assigner: TimestampAssigner<unknown> | undefined;
  readonly #idlenessMs: number | undefined;
  readonly #clock: Clock;
  readonly #listener: SplitTimeListener;
  #watermark = MIN_WATERMARK;
  #isIdle = false;
  /** Whether an element came since the last look. */
  #isBusy = false;
  #lastBusyAt: number;

  constructor(strategy: WatermarkStrategy<unknown>, clock: Clock, listener: SplitTimeListener) {
    this.#generator = strategy.createWatermarkGenerator();
    this.#assigner = strategy.timestampAssigner;
    this.#idlenessMs = strategy.idlenessMs;
    this.#clock = clock;
    this.#listener = listener;
    this.#lastBusyAt = clock.monotonic();
  }

  /** What the split's generator gave last. */
  get watermark(): number {
    return this.#watermark;
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** The element's event time, after the generator has seen it. */
  onEvent(event: unknown, recordTimestamp: number | undefined): number | undefined {
    const timestamp = this.#assigner === undefined ? recordTimestamp : this.#assigner(event, recordTimestamp);
    this.#isBusy = true;
    if (this.#isIdle) this.markActive();
    if (timestamp !== undefined) this.#generator.onEvent(event, timestamp, this);
    return timestamp;
  }

  onPeriodicEmit(): void {
    this.#generator.onPeriodicEmit(this);
    if (this.#idlenessMs === undefined || this.#watermark === MAX_WATERMARK) return;
    const now = this.#clock.monotonic();
    if (this.#isBusy) {
      this.#isBusy = false;
      this.#lastBusyAt = now;
    } else if (now - this.#lastBusyAt >= this.#idlenessMs) {
      this.markIdle();
    }
  }

  /** The split has ended. */
  end(): void {
    this.markActive();
    this.emitWatermark(MAX_WATERMARK);
  }

  emitWatermark(timestamp: number): void {
    if (timestamp <= this.#watermark) return;
    if (this.#isIdle) this.markActive();
    this.#watermark = timestamp;
    this.#listener.advanced(timestamp);
  }

  markIdle(): void {
    if (this.#isIdle) return;
    this.#isIdle = true;
    this.#listener.idle(true);
  }

  markActive(): void {
    if (!this.#isIdle) return;
    this.#isIdle = false;
    this.#isBusy = true;
    this.#listener.idle(false);
  }
}
