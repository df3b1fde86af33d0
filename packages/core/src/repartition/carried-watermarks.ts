import type { ConsumerRecord } from '../connector/record.js';
import type { WatermarkGenerator, WatermarkOutput } from '../time/watermark-generator.js';
import { WatermarkStrategy } from '../time/watermark-strategy.js';
import { eventTimeOf, progressOf } from './repartition-headers.js';

/** Watermark of one partition: the minimum over the tasks that write to it. */
class CarriedWatermarks implements WatermarkGenerator<ConsumerRecord> {
  readonly #writers: number;
  readonly #progress = new Map<string, number | 'idle'>();

  constructor(writers: number) {
    this.#writers = writers;
  }

  onEvent(record: ConsumerRecord): void {
    const progress = progressOf(record);
    if (progress !== undefined) this.#progress.set(progress.task, progress.watermark);
  }

  onPeriodicEmit(output: WatermarkOutput): void {
    if (this.#progress.size < this.#writers) return;
    const watermarks = [...this.#progress.values()].filter((each) => each !== 'idle');
    if (watermarks.length > 0) output.emitWatermark(Math.min(...watermarks));
    else if (this.#progress.size > 0) output.markIdle();
  }
}

/**
 * Event time as the writing tasks had it: their timestamps, and the minimum of their watermarks.
 *
 * @param writers tasks that must have been heard of before there is a watermark
 */
export function carriedWatermarks(writers: number): WatermarkStrategy<ConsumerRecord> {
  return WatermarkStrategy.forGenerator(() => new CarriedWatermarks(writers)).withTimestampAssigner(
    // Elements without a time get none when they are read; the generator does not look at it.
    (record) => eventTimeOf(record) ?? 0,
  );
}
