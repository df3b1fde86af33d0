import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ColumnType, TableSchema } from '../dataset/table-schema.js';
import { hostileIds } from './hostile-ids.conformance.js';
import type { JobTables, StoredRow } from './job-tables.js';

const columns = new Map<string, ColumnType>([
  ['total', 'int'],
  ['at', 'timestamp'],
  ['counts', 'map<text,double>'],
  ['notes', 'list<text>'],
  [
    'answers',
    {
      fields: new Map([
        ['id', 'text'],
        ['at', 'timestamp'],
        ['score', 'double'],
        ['values', 'list<map<text,text>>'],
        ['seconds', 'decimal'],
      ]),
    },
  ],
]);

/** A table with a column of each shape that jobs use. */
export const jobTablesSchema: TableSchema = {
  name: 'job_tables',
  variable: 'none',
  file: 'none',
  key: ['owner', 'course', 'item'],
  partitionColumns: 1,
  columns,
  used: [...columns.keys()],
  dumped: [...columns.keys()],
};

/** The same table on Cassandra. */
export const jobTablesCql = (keyspace: string): readonly string[] => [
  `CREATE TYPE ${keyspace}.answer (id text, at timestamp, score double, values list<frozen<map<text, text>>>, seconds decimal)`,
  `CREATE TABLE ${keyspace}.job_tables (owner text, course text, item text, total int, at timestamp,
     counts map<text,double>, notes list<text>, answers list<frozen<answer>>, PRIMARY KEY (owner, course, item))`,
];

/** What every adapter of JobTables does. */
export function jobTablesConformance(
  name: string,
  open: () => Promise<{ readonly tables: JobTables; close(): Promise<void> }>,
): void {
  describe(`JobTables: ${name}`, () => {
    let fixture: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      fixture = await open();
    }, 60_000);
    afterAll(async () => {
      await fixture.close();
    });

    const write: JobTables['write'] = (...args) => fixture.tables.write(...args);
    const rows = (...prefix: readonly string[]): Promise<readonly StoredRow[]> =>
      fixture.tables.rows(jobTablesSchema, prefix);
    const cells = async (...key: readonly string[]): Promise<Record<string, unknown>> => {
      const [row] = await rows(...key);
      return Object.fromEntries([...(row?.columns ?? [])].filter(([, value]) => value !== null));
    };

    test('rows are those below the prefix, in the order of their keys; the whole key is a prefix too', async () => {
      const keys = [
        ['o', 'c', 'b'],
        ['o', 'c', 'a'],
        ['o', 'd', 'a'],
        ['p', 'c', 'a'],
      ] as const;
      for (const key of keys) await write(jobTablesSchema, [{ key, timestamp: 1n, set: { total: 1 } }]);
      const found = async (...prefix: readonly string[]) => (await rows(...prefix)).map(({ key }) => key.join());
      expect(await found('o')).toEqual(['o,c,a', 'o,c,b', 'o,d,a']);
      expect(await found('o', 'c')).toEqual(['o,c,a', 'o,c,b']);
      expect(await found('o', 'c', 'b')).toEqual(['o,c,b']);
      expect(await found('o', 'x')).toEqual([]);
    });

    test('every type comes back as it was written, an entry of a user-defined type as its JSON text', async () => {
      const answers = [
        JSON.stringify({ id: 'q', at: 5, score: 1.5, values: [{ a: 'x', __proto__: 'y' }], seconds: 2.5 }),
        JSON.stringify({ id: 'r' }),
      ];
      const set = { total: 3, at: 1_700_000_000_001, counts: new Map([['n', 2.5]]), notes: ['b', 'a'], answers };
      await write(jobTablesSchema, [{ key: ['types', 'c', 'i'], timestamp: 10n, set }]);
      expect(await cells('types', 'c', 'i')).toEqual(set);
    });

    test('of two writes of a value the later one by its timestamp wins; what is not named stays; null deletes', async () => {
      const key = ['times', 'c', 'i'];
      await write(jobTablesSchema, [{ key, timestamp: 20n, set: { total: 2, notes: ['a'] } }]);
      await write(jobTablesSchema, [{ key, timestamp: 10n, set: { total: 1, at: 7 } }]);
      expect(await cells(...key)).toEqual({ total: 2, notes: ['a'], at: 7 });
      await write(jobTablesSchema, [{ key, timestamp: 30n, set: { total: null, notes: ['b', 'c'] } }]);
      expect(await cells(...key)).toEqual({ notes: ['b', 'c'], at: 7 });
    });

    test('entries are put into a map, the others stay', async () => {
      const key = ['maps', 'c', 'i'];
      const counts = (entries: Record<string, number>) => new Map(Object.entries(entries));
      await write(jobTablesSchema, [{ key, timestamp: 10n, merge: { counts: counts({ a: 1, b: 1 }) } }]);
      const change = { key, timestamp: 20n, merge: { counts: counts({ b: 2, c: 2 }) }, set: { notes: ['n'] } };
      await write(jobTablesSchema, [change]);
      expect(await cells(...key)).toEqual({ counts: counts({ a: 1, b: 2, c: 2 }), notes: ['n'] });
    });

    test('WRITETIMEs are told where they are asked for, changes of one call have their own', async () => {
      const key = ['write times', 'c', 'i'];
      await write(jobTablesSchema, [
        { key, timestamp: 1_700_000_000_000_001n, set: { total: 1 } },
        { key, timestamp: 9_007_199_254_740_991n, set: { at: 1 } },
        { key: ['write times', 'c', 'j'], timestamp: 5n, set: { total: 2 } },
      ]);
      const found = await fixture.tables.rows(jobTablesSchema, ['write times'], ['total', 'at']);
      expect(found.map(({ writeTimes }) => [...writeTimes.values()])).toEqual([
        [1_700_000_000_000_001n, 9_007_199_254_740_991n],
        [5n, 0n],
      ]);
    });

    test.each(hostileIds)('an id like %j is data', async (id) => {
      await write(jobTablesSchema, [{ key: [id, id, id], timestamp: 1n, set: { notes: [id] } }]);
      expect((await rows(id, id)).map(({ key, columns: found }) => [...key, found.get('notes')])).toEqual([
        [id, id, id, [id]],
      ]);
    });
  });
}
