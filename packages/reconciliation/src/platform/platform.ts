import type { TopologyOptions } from '../topology.js';

/**
 * What the job stands on: an embedded store, or Kafka, Cassandra, Redis and the search service. Source, sinks and stores
 * are usable once connected.
 */
export interface Platform extends Pick<TopologyOptions, 'source' | 'sinks' | 'stores' | 'classify'> {
  /** Largest failed record that the log takes, in bytes. */
  readonly maxFailedBytes: number;
  /**
   * Connects, and checks that topics, tables and columns are there.
   *
   * @throws SetupError with one line for all that is missing, ServiceUnavailableError
   */
  connect(signal: AbortSignal): Promise<void>;
  /** Releases everything. Never rejects. */
  close(): Promise<void>;
}
