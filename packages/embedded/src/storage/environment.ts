import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@millrace/core';
import { open } from 'lmdb';
import type { Database, RootDatabase } from 'lmdb';
import { StoreDamagedError, StoreFormatError } from '../errors.js';
import type { Durability } from '../options.js';
import { currentBootId } from '../ownership/process-identity.js';
import { inspectDataFile } from './data-file.js';

/** A database of the file: bytes to bytes, in the order of the keys' bytes. */
export type ByteDatabase = Database<Buffer, Buffer>;

const FORMAT = '1';
const FORMAT_KEY = Buffer.from('format');
const SESSION_KEY = Buffer.from('session');

/** Written while the store is open, so that the next open can tell a crash of the machine from one of the process. */
interface Session {
  readonly open: boolean;
  readonly bootId: string | undefined;
}

/** The LMDB file and its databases. One transaction spans all of them. */
export class Environment {
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly path: string;
  /** Format, session, topics and table schemas. */
  readonly meta: ByteDatabase;
  readonly log: ByteDatabase;
  readonly groups: ByteDatabase;
  readonly rows: ByteDatabase;
  readonly sets: ByteDatabase;
  /** True where the file has to be read through before it is believed. */
  readonly suspicious: boolean;

  private constructor(root: RootDatabase<Buffer, Buffer>, path: string, suspicious: boolean) {
    this.#root = root;
    this.path = path;
    const database = (name: string): ByteDatabase =>
      root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    this.meta = database('meta');
    this.log = database('log');
    this.groups = database('groups');
    this.rows = database('rows');
    this.sets = database('sets');
    const session = this.#session();
    this.suspicious = suspicious || (session?.open === true && session.bootId !== currentBootId());
  }

  /** @throws StoreDamagedError, StoreFormatError */
  static open(
    directory: string,
    options: { durability: Durability; mapSizeBytes: number },
  ): Environment {
    const path = join(directory, 'data.mdb');
    const { suspicious } = inspectDataFile(path);
    let root: RootDatabase<Buffer, Buffer> | undefined;
    try {
      root = open<Buffer, Buffer>({
        path: directory,
        encoding: 'binary',
        keyEncoding: 'binary',
        maxDbs: 8,
        // Growing a map leaves the old mapping in place, which counts as memory twice.
        mapSize: options.mapSizeBytes,
        noSync: options.durability === 'process',
        overlappingSync: false,
      });
      const environment = new Environment(root, path, suspicious);
      environment.#checkFormat(directory);
      return environment;
    } catch (error) {
      void root?.close();
      if (error instanceof StoreFormatError) throw error;
      throw new StoreDamagedError(path, messageOf(error), error);
    }
  }

  /** Runs `action` in one write transaction: all of its writes or, where it throws, none. */
  transaction<T>(action: () => T): T {
    return this.#root.transactionSync(action);
  }

  /** Notes that the store is in use. */
  beginSession(): void {
    this.#writeSession({ open: true, bootId: currentBootId() });
  }

  /** Brings everything to the disk, then notes that the store was left in order. */
  async close(): Promise<void> {
    this.#flushToDisk();
    this.#writeSession({ open: false, bootId: undefined });
    this.#flushToDisk();
    await this.#root.close();
  }

  /** Closes without the note. */
  async abandon(): Promise<void> {
    await this.#root.close();
  }

  #checkFormat(directory: string): void {
    const found = this.meta.get(FORMAT_KEY)?.toString();
    if (found === undefined) this.transaction(() => this.meta.putSync(FORMAT_KEY, Buffer.from(FORMAT)));
    else if (found !== FORMAT) throw new StoreFormatError(directory, found, FORMAT);
  }

  #session(): Session | undefined {
    const bytes = this.meta.get(SESSION_KEY);
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as Session);
  }

  #writeSession(session: Session): void {
    this.transaction(() => this.meta.putSync(SESSION_KEY, Buffer.from(JSON.stringify(session))));
  }

  #flushToDisk(): void {
    const fd = openSync(this.path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}
