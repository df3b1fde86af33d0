import type { TopologyOptions } from './topology.js';

/** What the job stands on. Usable once connected. */
export interface Platform extends Pick<TopologyOptions, 'source' | 'sinks' | 'stores' | 'classify' | 'maxFailedBytes'> {
  connect(signal: AbortSignal): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}
