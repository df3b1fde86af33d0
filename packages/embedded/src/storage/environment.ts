import { join } from 'node:path';
import { open } from 'lmdb';
import { openErrorOf, StoreDamagedError, StoreFormatError } from '../errors.js';
import type { Durability } from '../options.js';
import type { LeftBy } from '../ownership/ownership.js';
import type { ByteDatabase, RootStore } from './byte-database.js';
import { fillUp, isTooShort } from './data-file.js';
import { RowDatabase } from './row-database.js';
import { StateDatabase } from './state-database.js';

const FORMAT = '1';
const FORMAT_KEY = Buffer.from('format');

/** The LMDB file and its databases. One transaction spans all of them. */
export class Environment {
  readonly #root: RootStore;
  readonly path: string;
  /** Format, topics and table schemas. */
  readonly meta: ByteDatabase;
  readonly log: ByteDatabase;
  readonly groups: ByteDatabase;
  readonly rows: RowDatabase;
  readonly sets: ByteDatabase;
  /** Entries of keyed state. */
  readonly state: StateDatabase;
  /** Whose state there is, and where it stands. */
  readonly stateOwners: ByteDatabase;

  private constructor(root: RootStore, path: string) {
    this.#root = root;
    this.path = path;
    const database = (name: string): ByteDatabase => root.openDB({ name, encoding: 'binary', keyEncoding: 'binary' });
    this.meta = database('meta');
    this.log = database('log');
    this.groups = database('groups');
    this.rows = new RowDatabase(root);
    this.sets = database('sets');
    this.state = new StateDatabase(root);
    this.stateOwners = database('state-owners');
  }

  /**
   * @param name the store's folder, for messages
   * @param directory folder of the file
   * @throws StoreDamagedError, StoreDirectoryError, StoreFormatError
   */
  static open(
    name: string,
    directory: string,
    options: { durability: Durability; mapSizeBytes: number; left: LeftBy },
  ): Environment {
    const path = join(directory, 'data.mdb');
    let root: RootStore | undefined;
    try {
      if (isTooShort(path)) {
        // `close` leaves no file short, and a process that dies takes nothing from it.
        if (options.left !== 'process-end') throw new StoreDamagedError(path, 'it was cut off');
        fillUp(path);
      }
      root = open<Buffer, Buffer>({
        path: directory,
        encoding: 'binary',
        keyEncoding: 'binary',
        maxDbs: 8,
        // Growing a map leaves the old mapping in place, which counts as memory twice.
        mapSize: options.mapSizeBytes,
        noSync: options.durability === 'process',
        overlappingSync: false,
      }) as unknown as RootStore;
      const environment = new Environment(root, path);
      environment.#checkFormat(name);
      return environment;
    } catch (error) {
      void root?.close();
      throw openErrorOf(name, path, error);
    }
  }

  /** Runs `action` in one write transaction: all of its writes or, where it throws, none. */
  transaction<T>(action: () => T): T {
    return this.#root.transactionSync(action);
  }

  /** Brings everything to the disk. */
  async close(): Promise<void> {
    await this.#root.close();
    fillUp(this.path);
  }

  /** Closes and leaves the file as it is. */
  async abandon(): Promise<void> {
    await this.#root.close();
  }

  #checkFormat(name: string): void {
    const found = this.meta.get(FORMAT_KEY)?.toString();
    if (found === undefined) this.transaction(() => this.meta.putSync(FORMAT_KEY, Buffer.from(FORMAT)));
    else if (found !== FORMAT) throw new StoreFormatError(name, found, FORMAT);
  }
}
