import { messageOf } from '@millrace/core';
import { ByteWriter } from '../encoding/byte-writer.js';
import { CompositeKeyCodec } from '../encoding/composite-key.js';
import { countOf } from '../encoding/count-of.js';
import { StoreDamagedError } from '../errors.js';
import type { Environment } from '../storage/environment.js';
import type { GroupCommit } from '../storage/group-commit.js';
import { applyMutation, checkMutation } from './mutation.js';
import type { CheckedMutation, Mutation } from './mutation.js';
import { decodeRow, encodeRow } from './row-codec.js';
import { Row } from './row.js';
import type { Columns, StoredColumn, StoredSchema } from './schema.js';
import { emptyRow, isLive } from './stored-row.js';
import type { StoredRow } from './stored-row.js';

export interface ScanOptions {
  /** Values of the first key columns: only rows with these. @default all rows */
  readonly prefix?: readonly string[];
}

/** Rows read at a time by a scan; no read transaction stays open between two times. */
const PAGE_ROWS = 256;

/**
 * Rows of typed cells under composite text keys, with Cassandra's write timestamps. Reads are synchronous and see what
 * is durable; a write that was not awaited yet is not seen.
 */
export class Table<C extends Columns> {
  readonly name: string;
  readonly #environment: Environment;
  readonly #commits: GroupCommit;
  readonly #keys: CompositeKeyCodec;
  readonly #byName: ReadonlyMap<string, StoredColumn>;
  readonly #byId: ReadonlyMap<number, StoredColumn>;
  readonly #writer = new ByteWriter();

  /** @internal */
  constructor(name: string, schema: StoredSchema, environment: Environment, commits: GroupCommit) {
    this.name = name;
    this.#environment = environment;
    this.#commits = commits;
    this.#keys = new CompositeKeyCodec(`table ${name}`, schema.id, schema.key);
    this.#byName = new Map(schema.columns.map((column) => [column.name, column]));
    this.#byId = new Map(schema.columns.map((column) => [column.id, column]));
  }

  /**
   * The row by its whole key; undefined where there is none, or where all its values are null and it was never inserted.
   *
   * @throws KeyInvalidError, StoreDamagedError
   */
  get(key: readonly string[]): Row<C> | undefined {
    const stored = this.#read(this.#keys.encode(key));
    return stored !== undefined && isLive(stored) ? new Row<C>([...key], stored, this.#byName) : undefined;
  }

  /**
   * Rows in the order of their keys (UTF-8 bytes, column by column). Reads page by page while it is iterated: memory is
   * flat, a row written meanwhile may or may not be met.
   *
   * @throws KeyInvalidError, StoreDamagedError
   */
  *scan(options: ScanOptions = {}): Generator<Row<C>, void, undefined> {
    const { start: first, end } = this.#keys.encodePrefix(options.prefix ?? []);
    let start = first;
    for (;;) {
      const page = this.#page(start, end);
      for (const { key, value } of page) {
        const stored = this.#decode(key, value);
        if (isLive(stored)) yield new Row<C>(this.#keys.decode(key), stored, this.#byName);
      }
      if (page.length < PAGE_ROWS) return;
      start = Buffer.concat([page.at(-1)!.key, Buffer.from([0])]);
    }
  }

  /**
   * Writes one mutation or several, all or none. Resolves when they are durable; writes of the same turns share a
   * transaction. Each is reconciled with the stored row inside the transaction, so concurrent writes lose nothing, and
   * the order in which writes arrive does not matter, only their timestamps.
   *
   * @throws KeyInvalidError, ValueInvalidError before anything is written; StoreWriteError
   */
  async write(mutations: Mutation<C> | readonly Mutation<C>[]): Promise<void> {
    const list = isList(mutations) ? mutations : [mutations];
    const byKey = new Map<string, { key: Buffer; mutations: CheckedMutation[] }>();
    for (const mutation of list) {
      const key = this.#keys.encode(mutation.key);
      const checked = checkMutation(this.name, this.#byName, mutation);
      const id = key.toString('latin1');
      const row = byKey.get(id);
      if (row === undefined) byKey.set(id, { key, mutations: [checked] });
      else row.mutations.push(checked);
    }
    await this.#commits.run(() => {
      // All reads before the first write: a row that cannot be read fails this call, not the transaction.
      const rows = [...byKey.values()].map((entry) => ({ ...entry, row: this.#read(entry.key) ?? emptyRow() }));
      for (const { key, mutations: ofRow, row } of rows) {
        for (const mutation of ofRow) applyMutation(row, mutation);
        this.#environment.rows.putSync(key, encodeRow(row, this.#byId, this.#writer));
      }
    });
  }

  /** Reads every row once; returns their number. @internal @throws StoreDamagedError */
  verify(): number {
    return countOf(this.scan());
  }

  #page(start: Buffer, end: Buffer): { key: Buffer; value: Buffer }[] {
    try {
      return [...this.#environment.rows.getRange({ start, end, limit: PAGE_ROWS })];
    } catch (error) {
      throw this.#damaged(start, error);
    }
  }

  #read(key: Buffer): StoredRow | undefined {
    let value: Buffer | undefined;
    try {
      value = this.#environment.rows.get(key);
    } catch (error) {
      throw this.#damaged(key, error);
    }
    return value === undefined ? undefined : this.#decode(key, value);
  }

  #decode(key: Buffer, value: Buffer): StoredRow {
    try {
      return decodeRow(value, this.#byId);
    } catch (error) {
      throw this.#damaged(key, error);
    }
  }

  #damaged(key: Buffer, error: unknown): StoreDamagedError {
    const where = `table ${this.name}, row ${JSON.stringify(this.#keys.decode(key))}`;
    return new StoreDamagedError(this.#environment.path, `${where}: ${messageOf(error)}`, error);
  }
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
