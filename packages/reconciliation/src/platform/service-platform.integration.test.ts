import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CassandraSession } from '@millrace/cassandra';
import { InMemoryMetrics, JobRunner, silentLogger, systemClock } from '@millrace/core';
import { KafkaConnection } from '@millrace/kafka';
import { loadConfig } from '@millrace/runner';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { reconciliationJob } from '../job.js';
import { SearchStub } from '../search/search-stub.conformance.js';

const CQL = readFileSync(new URL('../../fixtures/sunbird_courses.cql', import.meta.url), 'utf8');
const never = new AbortController().signal;

describeWithServices(['kafka', 'cassandra', 'redis'], 'the job on services', ({ kafka, cassandra, redis }) => {
  const keyspace = uniqueName('platform').replaceAll('-', '_').slice(0, 48);
  const env = uniqueName('platform');
  const stub = new SearchStub();
  let session: CassandraSession;
  let connection: KafkaConnection;

  beforeAll(async () => {
    await stub.start();
    session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
    await session.connect({ timeoutMs: 60_000 });
    const schema = CQL.replaceAll(/--.*$/gm, '').replaceAll('sunbird_courses', keyspace);
    for (const statement of schema.split(';')) if (statement.trim() !== '') await session.execute(statement);
    connection = new KafkaConnection({ brokers: kafka.addresses });
    await connection.createTopics([
      { topic: `${env}.batch.enrolment.sync.request`, partitions: 2 },
      // Smaller than the failed events that the job takes to be fine.
      { topic: `${env}.enrolment.reconciliation.failed`, partitions: 1, config: { 'max.message.bytes': '200000' } },
      { topic: `${env}.telemetry.raw`, partitions: 1 },
      { topic: `${env}.issue.certificate.request`, partitions: 1 },
    ]);
  }, 120_000);

  afterAll(async () => {
    await session.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    await Promise.all([session.close(), connection.close(), stub.stop()]);
  }, 60_000);

  const run = async (): Promise<Record<string, number>> => {
    const flags = {
      env,
      'kafka.broker-servers': kafka.addresses.join(','),
      'lms-cassandra.host': cassandra.host,
      'lms-cassandra.port': String(cassandra.port),
      'lms-cassandra.keyspace': keyspace,
      'redis.host': redis.host,
      'redis.port': String(redis.port),
      'redis.database.relationCache.id': '14',
      'relation.cache.missing.wait': '0',
      'service.search.basePath': `${stub.basePath}/`,
    };
    const config = await loadConfig(reconciliationJob.variables, {
      file: undefined,
      cwd: '/',
      environment: {},
      flags: Object.entries(flags).map(([key, value]) => ({ key, value, written: `--${key}` })),
    });
    const surroundings = { clock: systemClock, logger: silentLogger, metrics: new InMemoryMetrics() };
    const job = await reconciliationJob.create({ config, embedded: undefined, ...surroundings });
    await job.connect(never);
    try {
      await new JobRunner(job.graph, job.options, surroundings).run({ untilDrained: true });
      return job.summary();
    } finally {
      await job.close();
    }
  };
  const values = async (topic: string): Promise<Record<string, unknown>[]> => {
    const found = [];
    for await (const record of connection.readTopic(`${env}.${topic}`)) {
      found.push(JSON.parse(Buffer.from(record.value ?? []).toString('utf8')) as Record<string, unknown>);
    }
    return found;
  };

  test('a failed event that the broker calls too large is cut, the ones around it are whole', async () => {
    const large = Buffer.alloc(300_000, 'x');
    await connection.append(`${env}.batch.enrolment.sync.request`, [
      { key: 'u', value: 'small', partition: 0, timestamp: 1 },
      { key: 'u', value: large, partition: 0, timestamp: 2 },
      { key: 'u', value: 'last', partition: 0, timestamp: 3 },
    ]);
    expect(await run()).toMatchObject({ failed: 3, processed: 0 });
    const failed = await values('enrolment.reconciliation.failed');
    expect(failed.map(({ rawValue, truncated, bytes }) => [String(rawValue).length, truncated, bytes])).toEqual([
      [Buffer.from('small').toString('base64').length, undefined, undefined],
      [Math.ceil(65_536 / 3) * 4, true, 300_000],
      [Buffer.from('last').toString('base64').length, undefined, undefined],
    ]);
    expect(await run()).toMatchObject({ failed: 0 });
  }, 120_000);

  test('requests for a retired course fail, and its status is asked for once', async () => {
    const insert = `INSERT INTO ${keyspace}.user_enrolments (userid, courseid, batchid, status) VALUES (?, ?, ?, 1)`;
    const consume = `INSERT INTO ${keyspace}.user_content_consumption (userid, courseid, batchid, contentid, status) VALUES (?, ?, ?, ?, 2)`;
    const course = `${env}-gone`;
    stub.known.set(course, 'Retired');
    for (const user of ['a', 'b', 'c']) {
      await session.execute(insert, [user, course, 'b']);
      await session.execute(consume, [user, course, 'b', 'x']);
      const value = JSON.stringify({
        edata: { action: 'user-enrolment-sync', userId: user, courseId: course, batchId: 'b' },
      });
      await connection.append(`${env}.batch.enrolment.sync.request`, [{ key: user, value, timestamp: 7 }]);
    }
    expect(await run()).toMatchObject({ failed: 3 });
    const failed = await values('enrolment.reconciliation.failed');
    const retired = failed.filter((event) => (event['failInfo'] as { code: string }).code === 'ERR_COLLECTION_RETIRED');
    expect(retired).toHaveLength(3);
    expect(stub.asked).toHaveLength(1);
  }, 120_000);
});
