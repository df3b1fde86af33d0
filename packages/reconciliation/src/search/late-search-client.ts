import type { CollectionStatus } from '../domain/model.js';
import type { CollectionStatusSource } from '../stores/ports.js';
import type { SearchClient, SearchClientOptions } from './search-client.js';

/**
 * A search client that is loaded when it is first asked: axios is a tenth of the time that the job takes to start, and
 * where every course has its leaf nodes nobody asks.
 */
export class LateSearchClient implements CollectionStatusSource {
  readonly #options: SearchClientOptions;
  #client: Promise<SearchClient> | undefined;
  #isClosed = false;

  constructor(options: SearchClientOptions) {
    this.#options = options;
  }

  async status(courseId: string): Promise<CollectionStatus | undefined> {
    this.#client ??= this.#load();
    return (await this.#client).status(courseId);
  }

  /** Ends what is in flight and closes the connections. */
  close(): void {
    this.#isClosed = true;
    // Who asked is told by `status` where it could not be loaded.
    this.#client?.then((client) => client.close()).catch(() => undefined);
  }

  async #load(): Promise<SearchClient> {
    const { SearchClient: Client } = await import('./search-client.js');
    const client = new Client(this.#options);
    if (this.#isClosed) client.close();
    return client;
  }
}
