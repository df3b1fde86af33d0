import { TableSchemaError } from '../errors.js';
import type { Environment } from '../storage/environment.js';
import type { GroupCommit } from '../storage/group-commit.js';
import { extendSchema, keyColumnsOf } from './schema.js';
import type { Columns, StoredSchema, TableSchema } from './schema.js';
import { Table } from './table.js';

const PREFIX = Buffer.from('table\0');
const BEHIND_PREFIX = Buffer.from('table\u0001');
const MAX_TABLES = 65_535;
const MAX_NAME_BYTES = 200;

/** The tables of a store and their schemas. */
export class Tables {
  readonly #environment: Environment;
  readonly #commits: GroupCommit;
  readonly #schemas = new Map<string, StoredSchema>();

  constructor(environment: Environment, commits: GroupCommit) {
    this.#environment = environment;
    this.#commits = commits;
    for (const { key, value } of environment.meta.getRange({ start: PREFIX, end: BEHIND_PREFIX })) {
      this.#schemas.set(key.toString('utf8', PREFIX.length), JSON.parse(value.toString()) as StoredSchema);
    }
  }

  /** The table, created or given new columns where needed. @throws TableSchemaError */
  open<C extends Columns>(name: string, wanted: TableSchema<C>): Table<C> {
    if (name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES)
      throw new TableSchemaError(name, 'a name has 1 to 200 bytes');
    const stored = this.#schemas.get(name);
    const base = stored ?? { id: this.#nextId(name), key: keyColumnsOf(name, wanted), columns: [] };
    const schema = extendSchema(name, base, wanted);
    if (schema !== stored) {
      const value = Buffer.from(JSON.stringify(schema));
      this.#environment.transaction(() =>
        this.#environment.meta.putSync(Buffer.concat([PREFIX, Buffer.from(name)]), value),
      );
      this.#schemas.set(name, schema);
    }
    return new Table<C>(name, schema, this.#environment, this.#commits);
  }

  /** Reads every row of every table once; returns their number. @throws StoreDamagedError */
  verify(): number {
    let rows = 0;
    for (const [name, schema] of this.#schemas)
      rows += new Table(name, schema, this.#environment, this.#commits).verify();
    return rows;
  }

  #nextId(name: string): number {
    const id = Math.max(0, ...[...this.#schemas.values()].map((schema) => schema.id)) + 1;
    if (id > MAX_TABLES) throw new TableSchemaError(name, `the store has its ${String(MAX_TABLES)} tables already`);
    return id;
  }
}
