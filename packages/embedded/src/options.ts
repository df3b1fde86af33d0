import type { Clock, Logger } from '@millrace/core';

/** How an embedded store is opened. */
export interface EmbeddedStoreOptions {
  /**
   * What an acknowledged write survives. `process`: the end of the process, SIGKILL included; after a power cut or a
   * crash of the system the last writes may be missing, and the file may be damaged, which the next open looks for.
   * `machine`: these too; each group of writes then waits for the disk (0.5 ms on a good SSD, 10 ms and more on a slow
   * disk) and holds the process meanwhile.
   *
   * @default 'process'
   */
  readonly durability?: Durability;
  /**
   * Address space reserved for the data file, in bytes. It takes neither memory nor disk. Too small and the map grows as
   * the file does, and what was mapped before counts as memory twice; too large and the open fails where address space
   * is limited (`ulimit -v`).
   *
   * @default 64 GiB
   */
  readonly mapSizeBytes?: number;
  /** Where records without a timestamp take theirs from. @default the system's clock */
  readonly clock?: Clock;
  /** Told about a store that the machine's crash left open. @default silent */
  readonly logger?: Logger;
}

/** When a commit counts as durable. */
export type Durability = 'process' | 'machine';

export const DEFAULT_MAP_SIZE_BYTES = 64 * 2 ** 30;
