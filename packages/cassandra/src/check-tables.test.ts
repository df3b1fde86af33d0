import { expect, test } from '@jest/globals';
import { SetupError } from '@millrace/core';

import { checkTables } from './check-tables.js';
import type { CassandraRow } from './values.js';

const catalogue: Record<string, Record<string, string[]>> = {
  courses: { enrolments: ['userid', 'status', 'progress'], consumption: ['userid'] },
  empty: {},
};

function readAll(statement: string, [keyspace]: readonly unknown[]): Promise<CassandraRow[]> {
  const tables = catalogue[String(keyspace)];
  if (tables === undefined) return Promise.resolve([]);
  if (statement.includes('system_schema.keyspaces')) return Promise.resolve([{ keyspace_name: keyspace }]);
  return Promise.resolve(
    Object.entries(tables).flatMap(([table_name, columns]) =>
      columns.map((column_name) => ({ table_name, column_name })),
    ),
  );
}

const check = (keyspace: string, tables: Record<string, string[]>): Promise<void> =>
  checkTables(readAll, 'db:9042', keyspace, tables);

test('a keyspace that has everything passes, whatever the case of unquoted names', async () => {
  await expect(check('Courses', { Enrolments: ['UserId', 'status'], consumption: [] })).resolves.toBeUndefined();
});

test('one line names every missing table and column', async () => {
  const promise = check('courses', {
    enrolments: ['status', 'completedon', 'datetime'],
    agg: ['x'],
    consumption: ['contentid'],
  });
  await expect(promise).rejects.toThrow(SetupError);
  await expect(promise).rejects.toThrow(
    'cassandra at db:9042, keyspace courses: table enrolments has no columns completedon, datetime; table agg does not exist; table consumption has no column contentid',
  );
});

test('a quoted name is another name', async () => {
  await expect(check('courses', { '"Enrolments"': [] })).rejects.toThrow('table Enrolments does not exist');
});

test('tells a missing keyspace from an empty one', async () => {
  await expect(check('nope', { a: [] })).rejects.toThrow('keyspace nope: the keyspace does not exist');
  await expect(check('empty', { a: [] })).rejects.toThrow('keyspace empty: the keyspace has no tables');
});
