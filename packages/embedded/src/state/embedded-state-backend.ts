import type { StateBackend } from '@millrace/core';
import type { EmbeddedStoreOptions } from '../options.js';
import { EmbeddedStore } from '../store.js';

/** Where the state of jobs lies: in a store that is open anyway, or in a folder of its own. */
export type EmbeddedStateBackendOptions =
  | {
      /**
       * The open store, or what gives it when the first state is asked for. It must stay open as long as the job runs;
       * `close` of the backend leaves it open.
       */
      readonly store: EmbeddedStore | (() => EmbeddedStore);
    }
  | ({
      /**
       * Folder for state alone, created where missing; for a job on real services that runs on one machine. One process
       * has it open at a time. It is opened when the first state is asked for and closed by `close`.
       */
      readonly directory: string;
    } & EmbeddedStoreOptions);

/**
 * Keeps state on LMDB, in a local folder: for jobs that run in one process, with as much state as the disk holds. The
 * checkpoint of a task is one transaction, shared with other tasks' where they change little.
 *
 * Without servers, in the store of the topics: `embeddedStateBackend({ store })`. With real services, in a folder of its
 * own: `embeddedStateBackend({ directory: './state' })`; all processes but one find it taken (`StoreInUseError`), so
 * that jobs in several processes need a backend that these share, as on Redis.
 */
export function embeddedStateBackend(options: EmbeddedStateBackendOptions): StateBackend {
  if ('store' in options) {
    const { store } = options;
    return over(() => Promise.resolve(typeof store === 'function' ? store() : store));
  }
  const { directory, ...rest } = options;
  let opened: Promise<EmbeddedStore> | undefined;
  return {
    ...over(async () => {
      opened ??= EmbeddedStore.open(directory, rest);
      try {
        return await opened;
      } catch (error) {
        // Whoever has the folder may leave: the next attempt of the job tries again.
        opened = undefined;
        throw error;
      }
    }),
    async close() {
      const store = opened;
      opened = undefined;
      await (await store?.catch(() => undefined))?.close();
    },
  };
}

function over(store: () => Promise<EmbeddedStore>): StateBackend {
  return {
    claim: async (owner) => (await store()).state.claim(owner),
    owners: async (jobName) => (await store()).state.owners(jobName),
    read: async (owner) => (await store()).state.read(owner),
  };
}
