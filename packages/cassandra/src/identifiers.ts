import { SetupError } from '@millrace/core';

/**
 * A keyspace, table or column name from a configuration, as Cassandra's catalogue has it: in lower case, or as it is
 * between double quotes.
 *
 * @throws SetupError for what is no name
 */
export function catalogueName(name: string): string {
  if (/^[A-Za-z]\w{0,47}$/.test(name)) return name.toLowerCase();
  const quoted = /^"((?:[^"]|"")+)"$/.exec(name);
  if (quoted?.[1] !== undefined) return quoted[1].replaceAll('""', '"');
  throw new SetupError(
    'ERR_CASSANDRA_NAME',
    `${JSON.stringify(name)} is no name of a keyspace, table or column: letters, digits and _ beginning with a letter, at most 48, or a name in double quotes`,
  );
}

/**
 * The same name, quoted, for a statement's text: reserved words and hostile configuration do no harm. Values never go
 * into a statement's text at all; they are bound.
 *
 * @throws SetupError for what is no name
 */
export function cqlName(name: string): string {
  return `"${catalogueName(name).replaceAll('"', '""')}"`;
}

/** `"keyspace"."table"` for a statement's text. @throws SetupError for what is no name */
export function cqlTable(keyspace: string, table: string): string {
  return `${cqlName(keyspace)}.${cqlName(table)}`;
}
