import { SetupError } from '@millrace/core';

import { catalogueName } from './identifiers.js';
import type { CassandraParams, CassandraRow } from './values.js';

/** Table name -> columns that must be there. */
export type RequiredTables = Readonly<Record<string, readonly string[]>>;

/** Reads rows; a session's `all`. */
export type ReadAll = (statement: string, params: CassandraParams) => Promise<readonly CassandraRow[]>;

/**
 * Compares the catalogue with what is needed.
 *
 * @throws SetupError one line that names everything missing in the keyspace
 */
export async function checkTables(
  readAll: ReadAll,
  address: string,
  keyspace: string,
  tables: RequiredTables,
): Promise<void> {
  const keyspaceName = catalogueName(keyspace);
  const rows = await readAll('SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = ?', [
    keyspaceName,
  ]);
  const found = new Map<string, Set<string>>();
  for (const row of rows) {
    const table = String(row['table_name']);
    const columns = found.get(table) ?? new Set<string>();
    found.set(table, columns.add(String(row['column_name'])));
  }
  const problem = found.size === 0 ? await emptyKeyspace(readAll, keyspaceName) : missing(found, tables);
  if (problem !== undefined) {
    throw new SetupError('ERR_CASSANDRA_SCHEMA', `cassandra at ${address}, keyspace ${keyspaceName}: ${problem}`);
  }
}

async function emptyKeyspace(readAll: ReadAll, keyspace: string): Promise<string> {
  const rows = await readAll('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', [keyspace]);
  return rows.length === 0 ? 'the keyspace does not exist' : 'the keyspace has no tables';
}

function missing(found: ReadonlyMap<string, ReadonlySet<string>>, tables: RequiredTables): string | undefined {
  const problems = Object.entries(tables).flatMap(([table, columns]) => {
    const present = found.get(catalogueName(table));
    if (present === undefined) return [`table ${catalogueName(table)} does not exist`];
    const absent = columns.map(catalogueName).filter((column) => !present.has(column));
    if (absent.length === 0) return [];
    return [`table ${catalogueName(table)} has no column${absent.length === 1 ? '' : 's'} ${absent.join(', ')}`];
  });
  return problems.length === 0 ? undefined : problems.join('; ');
}
