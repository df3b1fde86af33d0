import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CassandraSession, cqlTable } from '@millrace/cassandra';
import { EmbeddedStore } from '@millrace/embedded';
import { describeWithServices, uniqueName } from '@millrace/testing';
import fc from 'fast-check';
import type { TableAccess } from '../dataset/ports.js';
import type { CellValue, TableSchema } from '../dataset/table-schema.js';
import { userActivityAgg, userEnrolments } from '../dataset/table-schema.js';
import { CassandraActivityAggregateStore } from './cassandra/activity-aggregate-store.js';
import { CassandraEnrolmentStore } from './cassandra/enrolment-store.js';
import { CassandraTableAccess } from './cassandra/table-access.js';
import { cassandraTables } from './cassandra/tables.js';
import { EmbeddedActivityAggregateStore } from './embedded/activity-aggregate-store.js';
import { EmbeddedEnrolmentStore } from './embedded/enrolment-store.js';
import { EmbeddedTableAccess } from './embedded/table-access.js';
import { embeddedTables } from './embedded/tables.js';
import type { ActivityAggregateStore, EnrolmentStore } from './ports.js';
import { rowsByKey } from './rows-by-key.conformance.js';

const CQL = readFileSync(new URL('../../fixtures/sunbird_courses.cql', import.meta.url), 'utf8');
const SEED = 20_251_122;
const ROWS = 60;
const WRITES_PER_ROW = 8;

interface Side {
  readonly enrolments: EnrolmentStore;
  readonly aggregates: ActivityAggregateStore;
  readonly tables: TableAccess;
}
type Write = (side: Side, row: number) => Promise<void>;

/** Few timestamps and few values: most writes meet others at the same microsecond. */
const timestamp = fc.integer({ min: 2, max: 6 }).map(BigInt);
const small = fc.integer({ min: -2, max: 3 });
const content = fc.constantFrom('a', 'b', '__proto__');
const statuses = fc.array(fc.tuple(content, small), { maxLength: 3 }).map((entries) => new Map(entries));
const enrolmentKey = (row: number) => ({ userId: `u${String(row)}`, courseId: 'c', batchId: 'b' });

const enrolmentWrite = fc
  .record({
    progress: small,
    contentStatus: statuses,
    datetime: small,
    readAt: timestamp,
    completion: fc.option(fc.record({ completedon: fc.option(fc.nat(3), { nil: undefined }), writtenAt: timestamp }), {
      nil: undefined,
    }),
  })
  .map(
    ({ completion, ...update }): Write =>
      (side, row) =>
        side.enrolments.write({
          ...enrolmentKey(row),
          ...update,
          ...(completion === undefined ? {} : { completion }),
        }),
  );

const cells = {
  status: fc.option(small),
  active: fc.option(fc.boolean()),
  completedon: fc.option(fc.nat(3)),
  contentstatus: fc.option(statuses),
};
const enrolmentUpsert = fc.tuple(fc.record(cells, { requiredKeys: [] }), timestamp).map(
  ([columns, writtenAt]): Write =>
    (side, row) =>
      side.tables.upsert(
        userEnrolments,
        [{ key: Object.values(enrolmentKey(row)), columns: new Map<string, CellValue>(Object.entries(columns)) }],
        writtenAt,
      ),
);

const aggregateMerge = fc.tuple(fc.nat(4), fc.nat(3), timestamp).map(
  ([completedCount, at, readAt]): Write =>
    (side, row) =>
      side.aggregates.merge([{ activityId: `a${String(row)}`, userId: 'u', batchId: 'b', completedCount }], at, readAt),
);

const aggregateUpsert = fc
  .tuple(
    fc.option(fc.array(fc.tuple(fc.constantFrom('completedCount', 'score:x'), small), { maxLength: 2 })),
    timestamp,
  )
  .map(
    ([entries, writtenAt]): Write =>
      (side, row) =>
        side.tables.upsert(
          userActivityAgg,
          [
            {
              key: ['Course', `a${String(row)}`, 'u', 'cb:b'],
              columns: new Map([['aggregates', entries === null ? null : new Map(entries)]]),
            },
          ],
          writtenAt,
        ),
  );

describeWithServices(['cassandra'], 'the embedded store and Cassandra', ({ cassandra }) => {
  const keyspace = uniqueName('agreement').replaceAll('-', '_').slice(0, 48);
  let session: CassandraSession;
  let embedded: EmbeddedStore;
  let folder: string;
  let sides: readonly [Side, Side];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-agreement-'));
    embedded = await EmbeddedStore.open(folder);
    session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
    await session.connect({ timeoutMs: 60_000 });
    const schema = CQL.replaceAll(/--.*$/gm, '').replaceAll('sunbird_courses', keyspace);
    for (const statement of schema.split(';')) if (statement.trim() !== '') await session.execute(statement);
    const names = cassandraTables(keyspace, {
      user_enrolments: 'user_enrolments',
      user_content_consumption: 'user_content_consumption',
      user_activity_agg: 'user_activity_agg',
    });
    const rows = embeddedTables(embedded);
    sides = [
      {
        enrolments: new EmbeddedEnrolmentStore(rows.enrolments),
        aggregates: new EmbeddedActivityAggregateStore(rows.aggregates),
        tables: new EmbeddedTableAccess(embedded, Date.now),
      },
      {
        enrolments: new CassandraEnrolmentStore(session, names.enrolments),
        aggregates: new CassandraActivityAggregateStore(session, { table: names.aggregates, batchSize: 10 }),
        tables: new CassandraTableAccess(session, (table: TableSchema) => cqlTable(keyspace, table.name), Date.now),
      },
    ];
  }, 120_000);

  afterAll(async () => {
    await session.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    await Promise.all([session.close(), embedded.close()]);
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const sequence = fc.array(fc.oneof(enrolmentWrite, enrolmentUpsert, aggregateMerge, aggregateUpsert), {
    minLength: WRITES_PER_ROW,
    maxLength: WRITES_PER_ROW,
  });
  const contents = async (side: Side) => {
    const plain = (rows: Awaited<ReturnType<typeof rowsByKey>>): Record<string, [string, CellValue][]> =>
      Object.fromEntries(
        [...rows].map(([key, columns]) => [key, [...columns].filter(([, value]) => value !== null).map(sortedCell)]),
      );
    const reads = await Promise.all(Array.from({ length: ROWS }, (_, row) => side.enrolments.read(enrolmentKey(row))));
    return {
      enrolments: plain(await rowsByKey(side.tables, userEnrolments)),
      aggregates: plain(await rowsByKey(side.tables, userActivityAgg)),
      reads,
    };
  };

  test('agree cell by cell after any writes in any order, ties and tombstones included', async () => {
    const plans = fc.sample(sequence, { seed: SEED, numRuns: ROWS });
    await Promise.all(
      plans.map(async (writes, row) => {
        for (const write of writes) await Promise.all(sides.map((side) => write(side, row)));
      }),
    );
    const [mine, theirs] = await Promise.all(sides.map(contents));
    expect(mine).toEqual(theirs);
    expect(Object.keys(mine?.enrolments ?? {}).length).toBeGreaterThan(ROWS / 2);
  }, 120_000);
});

/** Maps compare in the order of their entries. */
function sortedCell([name, value]: [string, CellValue]): [string, CellValue] {
  if (!(value instanceof Map)) return [name, value];
  const entries = [...(value as ReadonlyMap<string, number>)];
  return [name, new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))];
}
