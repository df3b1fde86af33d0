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

/** Which rows a scan reads. */
export interface ScanOptions {
  /** Values of the first key columns: only rows with these. @default all rows */
  readonly prefix?: readonly string[];
  /** Whole key of a row that need not exist: only rows behind it, to go on with a scan. @default from the first row on */
  readonly after?: readonly string[];
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
    const next = options.after === undefined ? first : behind(this.#keys.encode(options.after));
    let start = Buffer.compare(next, first) > 0 ? next : first;
    while (Buffer.compare(start, end) < 0) {
      const page = this.#page(start, end);
      for (const { key, value } of page) {
        if (!(value instanceof Error)) {
          if (isLive(value)) yield new Row<C>(key, value, this.#byName);
          continue;
        }
        throw this.#damaged(key, value);
      }
      if (page.length < PAGE_ROWS) return;
      start = behind(this.#keys.encode(page.at(-1)!.key));
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
    const writes = isList(mutations) ? this.#byRow(mutations) : [this.#check(mutations)];
    await this.#commits.run(() => {
      // All reads before the first write: a row that cannot be read fails this call, not the transaction.
      const rows = writes.map(({ key }) => this.#read(key) ?? emptyRow());
      for (const [index, { key, mutations: ofRow }] of writes.entries()) {
        const row = rows[index]!;
        for (const mutation of ofRow) applyMutation(row, mutation);
        this.#environment.rows.put(key, encodeRow(row, this.#byId, this.#writer));
      }
    });
  }

  /** Reads every row once; returns their number. @internal @throws StoreDamagedError */
  verify(): number {
    return countOf(this.scan());
  }

  #check(mutation: Mutation<C>): RowWrite {
    return { key: this.#keys.encode(mutation.key), mutations: [checkMutation(this.name, this.#byName, mutation)] };
  }

  #byRow(mutations: readonly Mutation<C>[]): RowWrite[] {
    const rows = new Map<string, RowWrite>();
    for (const mutation of mutations) {
      const write = this.#check(mutation);
      const id = write.key.toString('latin1');
      const row = rows.get(id);
      if (row === undefined) rows.set(id, write);
      else row.mutations.push(...write.mutations);
    }
    return [...rows.values()];
  }

  #page(start: Buffer, end: Buffer): { key: string[]; value: StoredRow | Error }[] {
    try {
      return this.#environment.rows.scan({ start, end, limit: PAGE_ROWS }, this.#readKey, this.#readScanned);
    } catch (error) {
      throw this.#damaged(this.#keys.decode(start), error);
    }
  }

  #read(key: Buffer): StoredRow | undefined {
    try {
      return this.#environment.rows.get(key, this.#readValue);
    } catch (error) {
      throw this.#damaged(this.#keys.decode(key), error);
    }
  }

  readonly #readKey = (bytes: Buffer, start: number, end: number): string[] => this.#keys.decode(bytes, start, end);

  readonly #readValue = (bytes: Buffer, length: number): StoredRow => decodeRow(bytes, this.#byId, length);

  /** An error inside a scan would leave LMDB's cursor open. */
  readonly #readScanned = (bytes: Buffer, length: number): StoredRow | Error => {
    try {
      return decodeRow(bytes, this.#byId, length);
    } catch (error) {
      return error instanceof Error ? error : new Error(messageOf(error));
    }
  };

  #damaged(key: readonly string[], error: unknown): StoreDamagedError {
    const where = `table ${this.name}, row ${JSON.stringify(key)}`;
    return new StoreDamagedError(this.#environment.path, `${where}: ${messageOf(error)}`, error);
  }
}

/** The mutations of a call that go to one row. */
interface RowWrite {
  readonly key: Buffer;
  readonly mutations: CheckedMutation[];
}

/** The first key that can stand behind this one. */
function behind(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.from([0])]);
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
