import { SourceWatermarks } from '../runtime/source-watermarks.js';
import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { MAX_WATERMARK } from '../time/watermark.js';
import type { WatermarkStrategy } from '../time/watermark-strategy.js';

/** How often the generator is asked, in milliseconds: Flink's default of `pipeline.auto-watermark-interval`. */
const INTERVAL_MS = 200;

/** Gives elements their event time and makes watermarks of it; those from upstream end here, but the last. */
export class TimestampsAndWatermarksOperator<T> extends StreamOperator<T, T> {
  readonly #strategy: WatermarkStrategy<unknown>;
  #watermarks: SourceWatermarks | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(strategy: WatermarkStrategy<unknown>) {
    super();
    this.#strategy = strategy;
  }

  override open(): void {
    const { clock } = this.host.context;
    const watermarks = new SourceWatermarks(this.#strategy, clock, {
      advanced: (watermark) => {
        this.host.emitWatermark(watermark);
      },
      idle: (isIdle) => {
        this.host.emitIdle(isIdle);
      },
    });
    this.#watermarks = watermarks;
    const schedule = (): void => {
      this.#cancelTimer = clock.setTimer(INTERVAL_MS, () => {
        this.host.enterWhenRunning(() => {
          watermarks.onPeriodicEmit();
        });
        schedule();
      });
    };
    schedule();
  }

  override processElement(record: StreamRecord<T>): void {
    const timestamp = this.#watermarks?.onEvent(record.value, record.timestamp);
    this.out.next(new StreamRecord(record.value, timestamp, record.scope));
  }

  override processWatermark(timestamp: number): void {
    if (timestamp === MAX_WATERMARK) this.#watermarks?.end();
  }

  /** Whether the stream is idle is for this strategy to say. */
  override processIdle(): void {}

  override close(): void {
    this.#cancelTimer?.();
  }
}
