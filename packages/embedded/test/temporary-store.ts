import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { EmbeddedStoreOptions } from '../src/index.js';
import { EmbeddedStore } from '../src/index.js';

/** Stores in folders of their own, closed and removed after each test. */
export class TemporaryStores {
  readonly #directories: string[] = [];
  readonly #stores: EmbeddedStore[] = [];

  constructor() {
    afterEach(() => this.clear());
  }

  async directory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-embedded-'));
    this.#directories.push(directory);
    return directory;
  }

  async open(options: EmbeddedStoreOptions = {}): Promise<EmbeddedStore> {
    return this.openIn(await this.directory(), options);
  }

  async openIn(directory: string, options: EmbeddedStoreOptions = {}): Promise<EmbeddedStore> {
    const store = await EmbeddedStore.open(directory, options);
    this.#stores.push(store);
    return store;
  }

  async clear(): Promise<void> {
    for (const store of this.#stores.splice(0)) await store.close();
    for (const directory of this.#directories.splice(0)) await rm(directory, { recursive: true, force: true });
  }
}
