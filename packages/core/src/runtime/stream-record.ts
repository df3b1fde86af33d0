import type { Scope } from './scope.js';

/** An element on its way through the operators of one task. */
export class StreamRecord<T> {
  readonly value: T;
  /** Event time in milliseconds since 1970 UTC, undefined where the source knows none. */
  readonly timestamp: number | undefined;
  readonly scope: Scope;

  constructor(value: T, timestamp: number | undefined, scope: Scope) {
    this.value = value;
    this.timestamp = timestamp;
    this.scope = scope;
  }
}
