import type { StreamRecord } from './stream-record.js';

/** Where an operator's elements go: of an RxJS observer the one call that a stream without an end needs. */
export interface Output<T> {
  next(record: StreamRecord<T>): void;
}
