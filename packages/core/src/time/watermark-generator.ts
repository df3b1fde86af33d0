/** Where a generator puts what it knows about the progress of event time. */
export interface WatermarkOutput {
  /** No element at or below `timestamp` (milliseconds) is expected any more. One that goes back has no effect. */
  emitWatermark(timestamp: number): void;
  /** Nothing comes for now: others need not wait for this input. Ends with the next element or watermark. */
  markIdle(): void;
  /** Others wait for this input again. */
  markActive(): void;
}

/**
 * Makes watermarks from the elements of one split. One object for each split, called in the order of its elements.
 *
 * @see Flink, "Generating Watermarks", "Writing WatermarkGenerators"
 */
export interface WatermarkGenerator<T> {
  /** Called for each element, before it goes through the operators. */
  onEvent(event: T, timestamp: number, output: WatermarkOutput): void;
  /** Called at intervals (`autoWatermarkIntervalMs` of the job) and after each chunk of records. */
  onPeriodicEmit(output: WatermarkOutput): void;
}

/** Elements are at most `outOfOrdernessMs` behind the newest one seen: watermark = newest - outOfOrderness - 1. */
export class BoundedOutOfOrdernessWatermarks implements WatermarkGenerator<unknown> {
  readonly #outOfOrdernessMs: number;
  #newest: number | undefined;

  constructor(outOfOrdernessMs: number) {
    if (!(outOfOrdernessMs >= 0)) throw new RangeError('the bound of out-of-orderness is at least 0 milliseconds');
    this.#outOfOrdernessMs = outOfOrdernessMs;
  }

  onEvent(_event: unknown, timestamp: number): void {
    if (this.#newest === undefined || timestamp > this.#newest) this.#newest = timestamp;
  }

  onPeriodicEmit(output: WatermarkOutput): void {
    if (this.#newest !== undefined) output.emitWatermark(this.#newest - this.#outOfOrdernessMs - 1);
  }
}

/** Never emits: the stream has no event time but its elements' timestamps. */
export const noWatermarksGenerator: WatermarkGenerator<unknown> = {
  onEvent: () => undefined,
  onPeriodicEmit: () => undefined,
};
