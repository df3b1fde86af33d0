import type { OutputTopics } from '../config.js';
import type { Stores } from '../stores/ports.js';
import type { JobPlatform } from './job-platform.js';
import type { PlatformOptions } from './embedded-platform.js';

/** What the reconciliation job stands on, and who shares its stores. */
export interface Platform extends JobPlatform<keyof OutputTopics> {
  readonly stores: Stores;
}

/**
 * What the job was started for: the embedded store in a folder, or Kafka, Cassandra, Redis and the search service. Only
 * the clients that are used are loaded: they take 35 MB and half a second.
 */
export async function reconciliationPlatform(
  options: PlatformOptions & { readonly embedded: string | undefined },
): Promise<Platform> {
  if (options.embedded === undefined) {
    const { servicePlatform } = await import('./service-platform.js');
    return servicePlatform(options);
  }
  const { embeddedPlatform } = await import('./embedded-platform.js');
  return embeddedPlatform(options.embedded, options);
}
