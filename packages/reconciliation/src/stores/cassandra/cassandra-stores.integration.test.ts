import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CassandraSession, cqlTable } from '@millrace/cassandra';
import { SetupError } from '@millrace/core';
import { describeWithServices, uniqueName } from '@millrace/testing';
import type { TableSchema } from '../../dataset/table-schema.js';
import { datasetTables, userEnrolments } from '../../dataset/table-schema.js';
import { activityAggregateStoreConformance } from '../activity-aggregate-store.conformance.js';
import { classifyServiceError } from '../classify-service-error.js';
import { consumptionStoreConformance } from '../consumption-store.conformance.js';
import { enrolmentScanConformance } from '../enrolment-scan.conformance.js';
import { enrolmentStoreConformance } from '../enrolment-store.conformance.js';
import { jobTablesConformance, jobTablesCql } from '../job-tables.conformance.js';
import { CassandraActivityAggregateStore } from './activity-aggregate-store.js';
import { CassandraConsumptionStore } from './consumption-store.js';
import { CassandraEnrolmentScan } from './enrolment-scan.js';
import { CassandraEnrolmentStore } from './enrolment-store.js';
import { CassandraJobTables } from './job-tables.js';
import { CassandraTableAccess } from './table-access.js';
import { cassandraTables } from './tables.js';

const CQL = readFileSync(new URL('../../../fixtures/sunbird_courses.cql', import.meta.url), 'utf8');

describeWithServices(['cassandra'], 'stores on Cassandra', ({ cassandra }) => {
  const keyspace = uniqueName('reconciliation').replaceAll('-', '_').slice(0, 48);
  const tables = cassandraTables(keyspace, {
    user_enrolments: 'user_enrolments',
    user_content_consumption: 'user_content_consumption',
    user_activity_agg: 'user_activity_agg',
  });
  let session: CassandraSession;

  beforeAll(async () => {
    session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
    await session.connect({ timeoutMs: 60_000 });
    const schema = CQL.replaceAll(/--.*$/gm, '').replaceAll('sunbird_courses', keyspace);
    for (const statement of schema.split(';')) if (statement.trim() !== '') await session.execute(statement);
  }, 120_000);

  afterAll(async () => {
    await session.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    await session.close();
  }, 60_000);

  const access = (): CassandraTableAccess =>
    new CassandraTableAccess(session, (table: TableSchema) => cqlTable(keyspace, table.name), Date.now);
  const close = (): Promise<void> => Promise.resolve();

  enrolmentScanConformance('Cassandra', async () => {
    await session.execute(`TRUNCATE ${tables.enrolments}`);
    return { scan: new CassandraEnrolmentScan(session, tables.enrolments), tables: access(), close };
  });

  enrolmentStoreConformance('Cassandra', () =>
    Promise.resolve({ store: new CassandraEnrolmentStore(session, tables.enrolments), tables: access(), close }),
  );

  consumptionStoreConformance('Cassandra', () =>
    Promise.resolve({ store: new CassandraConsumptionStore(session, tables.consumption), tables: access(), close }),
  );

  jobTablesConformance('Cassandra', async () => {
    for (const statement of jobTablesCql(keyspace)) await session.execute(statement);
    const tables = new CassandraJobTables(
      () => session,
      (table) => cqlTable(keyspace, table.name),
    );
    return { tables, close };
  });

  describe.each([1, 10, 1_000])('batches of up to %d', (batchSize) => {
    activityAggregateStoreConformance('Cassandra', async () => {
      await session.execute(`TRUNCATE ${tables.aggregates}`);
      const options = { table: tables.aggregates, batchSize };
      return { store: new CassandraActivityAggregateStore(session, options), tables: access(), close };
    });
  });

  test('write times beyond 2^53 are exact', async () => {
    const key = ['far', 'c', 'b'];
    const writtenAt = 9_007_199_254_740_993n;
    await access().upsert(userEnrolments, [{ key, columns: new Map([['status', 1]]) }], writtenAt);
    const row = await new CassandraEnrolmentStore(session, tables.enrolments).read({
      userId: 'far',
      courseId: 'c',
      batchId: 'b',
    });
    expect(row?.lastWrite).toBe(writtenAt);
  });

  test('updates larger than a batch may be are cut into several', async () => {
    const store = new CassandraActivityAggregateStore(session, { table: tables.aggregates, batchSize: 1_000 });
    const updates = Array.from({ length: 200 }, (_, i) => ({
      activityId: `${'a'.repeat(250)}${String(i)}`,
      userId: 'u'.repeat(256),
      batchId: 'b'.repeat(256),
      completedCount: i,
    }));
    await expect(store.merge(updates, 1, 1n)).resolves.toBeUndefined();
  });

  test('the columns that the job uses are there, and one that is missing is named', async () => {
    const used = Object.fromEntries(datasetTables.map((table) => [table.name, [...table.key, ...table.used]]));
    await session.checkTables(keyspace, used);
    await session.execute(`CREATE TABLE ${keyspace}.old_agg (activity_type text PRIMARY KEY, agg map<text,int>)`);
    const old = session.checkTables(keyspace, { old_agg: ['aggregates', 'agg_last_updated'] });
    await expect(old).rejects.toThrow(SetupError);
    await expect(old).rejects.toThrow('old_agg has no columns aggregates, agg_last_updated');
  });

  test('a missing table is the fault of the infrastructure, not of the event', async () => {
    const store = new CassandraConsumptionStore(session, `${keyspace}.nowhere`);
    const error: unknown = await store
      .read({ userId: 'u', courseId: 'c', batchId: 'b' })
      .catch((reason: unknown) => reason);
    expect(classifyServiceError(error)).toBe('infrastructure');
  });
});
