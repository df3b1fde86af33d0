/** The graph as `describe` needs it; core's own StreamGraph fits. */
export interface StreamGraph {
  describe(format: 'text' | 'json' | 'mermaid'): string;
}

/** Checkpoints, restarts and bounds, as core's JobRunner takes them. */
export interface JobOptions {
  readonly checkpoint?: { readonly intervalMs?: number; readonly timeoutMs?: number; readonly minPauseMs?: number };
  readonly restartStrategy?: unknown;
  readonly maxInFlightPerTask?: number;
  readonly maxInFlight?: number;
  readonly stopTimeoutMs?: number;
}
