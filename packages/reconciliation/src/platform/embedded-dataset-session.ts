import { EmbeddedStore } from '@millrace/embedded';
import type { DatasetOrigin, DatasetTarget } from '../dataset/ports.js';
import { EmbeddedDataset } from '../stores/embedded/dataset.js';
import { openEmbedded } from './embedded-job-platform.js';
import type { OpenDatasetOptions } from './open-dataset.js';

/** Opens the store in `directory` for `work` and closes it. */
export async function withEmbedded<T>(
  directory: string,
  options: OpenDatasetOptions,
  work: (dataset: DatasetTarget & DatasetOrigin) => Promise<T>,
): Promise<T> {
  const { clock, logger } = options;
  const store =
    options.purpose === 'load'
      ? await EmbeddedStore.open(directory, { clock, logger })
      : await openEmbedded(directory, options);
  try {
    return await work(new EmbeddedDataset(store, () => clock.now()));
  } finally {
    await store.close();
  }
}
