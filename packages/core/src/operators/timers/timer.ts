/** Which clock a timer goes by: the watermark, or the wall clock of the machine. */
export type TimeDomain = 'EVENT_TIME' | 'PROCESSING_TIME';

/** A moment that an operator asked to be called at, for one key and namespace. */
export interface Timer {
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number;
  readonly key: string | number;
  /** '' where the operator has no namespaces; a window operator's is the window. */
  readonly namespace: string;
}
