import { SourceWatermarks } from '../runtime/source-watermarks.js';
import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { MAX_WATERMARK } from '../time/watermark.js';
import type { WatermarkStrategy } from '../time/watermark-strategy.js';

/**
 * Gives elements their event time and makes watermarks of it; those from upstream end here, but the last. The generator is
 * asked at the job's interval, and behind each chunk of records.
 */
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
    const { autoWatermarkIntervalMs } = this.host;
    const watermarks = new SourceWatermarks(this.#strategy, clock, {
      advanced: (watermark) => {
        this.host.emitWatermark(watermark);
      },
      idle: (isIdle) => {
        this.host.emitIdle(isIdle);
      },
    });
    this.#watermarks = watermarks;
    if (autoWatermarkIntervalMs <= 0) return;
    const schedule = (): void => {
      this.#cancelTimer = clock.setTimer(autoWatermarkIntervalMs, () => {
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

  override afterChunk(): void {
    this.#watermarks?.onPeriodicEmit();
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
