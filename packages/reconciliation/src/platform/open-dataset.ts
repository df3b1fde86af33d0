import type { DatasetOrigin, DatasetTarget } from '../dataset/ports.js';
import type { TableSchema } from '../dataset/table-schema.js';
import type { ConnectionOptions } from './service-connections.js';

export interface OpenDatasetOptions extends ConnectionOptions {
  /** Folder of the embedded store; undefined: services. */
  readonly embedded: string | undefined;
  /** `load` makes the folder of an embedded store and needs the relation cache, `dump` neither. */
  readonly purpose: 'load' | 'dump';
  /** That a dump reads. A load checks what its files name. */
  readonly tables: readonly TableSchema[];
  readonly signal: AbortSignal;
}

/**
 * Connects to what the job is configured for, lets `work` load or dump, and disconnects. Only the clients that are used
 * are loaded.
 *
 * @throws SetupError, ServiceUnavailableError, and what `work` throws
 */
export async function withDataset<T>(
  options: OpenDatasetOptions,
  work: (dataset: DatasetTarget & DatasetOrigin) => Promise<T>,
): Promise<T> {
  if (options.embedded === undefined) {
    const { withServices } = await import('./service-dataset-session.js');
    return withServices(options, work);
  }
  const { withEmbedded } = await import('./embedded-dataset-session.js');
  return withEmbedded(options.embedded, options, work);
}
