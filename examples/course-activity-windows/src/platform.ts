import type { StateBackend } from '@millrace/core';
import type { TopologyOptions } from './topology.js';

/** What the job stands on: one embedded folder, or Kafka, Cassandra and Redis. */
export interface Platform extends Pick<TopologyOptions, 'source' | 'through' | 'sinks'> {
  readonly stateBackend: StateBackend;
  connect(signal: AbortSignal): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Called before `connect`. */
export function notConnected(): never {
  throw new Error('the job is not connected');
}
