import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { silentLogger, systemClock } from '@millrace/core';
import type { Logger } from '@millrace/core';
import { countOf } from './encoding/count-of.js';
import { openErrorOf, StoreDirectoryError, StoreWriteError } from './errors.js';
import { ConsumerGroups } from './log/consumer-groups.js';
import { TopicLog } from './log/topic-log.js';
import { DEFAULT_MAP_SIZE_BYTES } from './options.js';
import type { EmbeddedStoreOptions } from './options.js';
import { Ownership } from './ownership/ownership.js';
import { SetStore } from './sets/set-store.js';
import { LmdbStateBackend } from './state/lmdb-state-backend.js';
import { createFolder } from './storage/create-folder.js';
import { Environment } from './storage/environment.js';
import { GroupCommit } from './storage/group-commit.js';
import type { WriteOperation } from './storage/group-commit.js';
import type { Columns, TableSchema } from './table/schema.js';
import type { Table } from './table/table.js';
import { Tables } from './table/tables.js';

/**
 * A topic log, consumer groups, tables, sets and state of jobs in one folder, without a server. One process has it open at a time.
 * Everything lies in one LMDB file: a transaction may span all of it, and after a crash all of it is at one moment.
 */
export class EmbeddedStore {
  /** The folder, as an absolute path. */
  readonly directory: string;
  /** Topics and their records. */
  readonly log: TopicLog;
  /** Offsets of consumer groups. */
  readonly groups: ConsumerGroups;
  /** Sets of texts. */
  readonly sets: SetStore;
  /** State of jobs; give it to a job as its `stateBackend`. */
  readonly state: LmdbStateBackend;
  readonly #environment: Environment;
  readonly #commits: GroupCommit;
  readonly #tables: Tables;
  readonly #ownership: Ownership;
  #closing: Promise<void> | undefined;

  private constructor(
    directory: string,
    environment: Environment,
    ownership: Ownership,
    options: EmbeddedStoreOptions,
  ) {
    this.directory = directory;
    this.#environment = environment;
    this.#ownership = ownership;
    this.#commits = new GroupCommit(environment, directory);
    this.log = new TopicLog(environment, this.#commits, options.clock ?? systemClock, directory);
    this.groups = new ConsumerGroups(environment, this.#commits);
    this.sets = new SetStore(environment, this.#commits);
    this.state = new LmdbStateBackend(environment, this.#commits);
    this.#tables = new Tables(environment, this.#commits);
  }

  /**
   * Opens the store in `directory`, which is created with all its parents where missing. After a SIGKILL of the process
   * that had it, it opens at once.
   *
   * @throws StoreInUseError (at once), StoreDirectoryError, StoreDamagedError, StoreFormatError: all `SetupError`s
   */
  static async open(directory: string, options: EmbeddedStoreOptions = {}): Promise<EmbeddedStore> {
    const root = resolve(directory);
    const owner = join(root, 'owner');
    const data = join(root, 'data');
    for (const path of [owner, data]) prepare(root, path);
    const ownership = await Ownership.take(owner, root);
    let environment: Environment | undefined;
    try {
      environment = Environment.open(root, data, {
        durability: options.durability ?? 'process',
        mapSizeBytes: options.mapSizeBytes ?? DEFAULT_MAP_SIZE_BYTES,
        left: ownership.left,
      });
      const store = new EmbeddedStore(root, environment, ownership, options);
      if (ownership.left === 'machine-stop') store.#verify(options.logger ?? silentLogger);
      return store;
    } catch (error) {
      await environment?.abandon();
      await ownership.undo();
      throw openErrorOf(root, data, error);
    }
  }

  /**
   * The table called `name`, created where missing; columns that the schema has and the store has not are added.
   *
   * @throws TableSchemaError (a `SetupError`) where the stored table has another key or a column of another kind
   */
  table<C extends Columns>(name: string, schema: TableSchema<C>): Table<C> {
    return this.#tables.open(name, schema);
  }

  /** Resolves when everything that was handed over before is durable or has failed. @throws StoreClosedError */
  async barrier(): Promise<void> {
    await this.#commits.run(() => undefined);
  }

  /**
   * Writes what waits, brings everything to the disk, gives the folder back.
   *
   * @throws StoreWriteError where the disk refuses; the folder is given back all the same
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** @internal */
  enqueue(operation: WriteOperation): void {
    this.#commits.enqueue(operation);
  }

  async #close(): Promise<void> {
    try {
      this.#commits.close();
      this.state.release();
      await this.#environment.close();
    } catch (error) {
      await this.#ownership.abandon();
      throw new StoreWriteError(this.directory, error);
    }
    await this.#ownership.release();
  }

  #verify(logger: Logger): void {
    const { directory } = this;
    logger.warn(
      { directory },
      'the machine stopped while this store was open: reading all of it, its last writes may be missing',
    );
    let records = 0;
    for (const { name } of this.log.topics()) records += countOf(this.log.readAll(name));
    const rows = this.#tables.verify();
    const sets = this.sets.verify();
    const states = this.state.verify();
    logger.info({ directory, records, rows, sets, states }, 'the store is readable');
  }
}

/** Creates a folder and makes sure that it can be written to. */
function prepare(root: string, path: string): void {
  try {
    createFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StoreDirectoryError(root, error);
  }
}
