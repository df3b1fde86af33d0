import { StreamOperator } from '../runtime/operator.js';
import type { StreamRecord } from '../runtime/stream-record.js';

/** Who looks at what comes out. */
export interface Capture<T> {
  captureRecord(record: StreamRecord<T>): void;
  captureWatermark(timestamp: number): void;
  captureIdle(isIdle: boolean): void;
}

/** The end of a stream in a harness. */
export class CaptureOperator<T> extends StreamOperator<T, never> {
  readonly #capture: Capture<T>;

  constructor(capture: Capture<T>) {
    super();
    this.#capture = capture;
  }

  override processElement(record: StreamRecord<T>): void {
    this.#capture.captureRecord(record);
  }

  override processWatermark(timestamp: number): void {
    this.#capture.captureWatermark(timestamp);
  }

  override processIdle(isIdle: boolean): void {
    this.#capture.captureIdle(isIdle);
  }
}
