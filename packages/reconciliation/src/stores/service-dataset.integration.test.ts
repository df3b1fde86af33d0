import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CassandraSession } from '@millrace/cassandra';
import { InMemoryMetrics, ServiceUnavailableError, SetupError, silentLogger, systemClock } from '@millrace/core';
import { KafkaConnection } from '@millrace/kafka';
import type { CommandReport, JobContext } from '@millrace/runner';
import { DatasetError, loadConfig } from '@millrace/runner';
import { describeWithServices, uniqueName } from '@millrace/testing';
import type { ReconciliationVariables } from '../config.js';
import { reconciliationJob } from '../job.js';
import { hostileIds } from './hostile-ids.conformance.js';

const CQL = readFileSync(new URL('../../fixtures/sunbird_courses.cql', import.meta.url), 'utf8');
const never = new AbortController().signal;

describeWithServices(['kafka', 'cassandra', 'redis'], 'load and dump with services', ({ kafka, cassandra, redis }) => {
  const keyspace = uniqueName('dataset').replaceAll('-', '_').slice(0, 48);
  let session: CassandraSession;
  let connection: KafkaConnection;
  let folder: string;
  /** Its topics exist after the first test. */
  const loaded = uniqueName('load');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-services-'));
    session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
    await session.connect({ timeoutMs: 60_000 });
    const schema = CQL.replaceAll(/--.*$/gm, '').replaceAll('sunbird_courses', keyspace);
    for (const statement of schema.split(';')) if (statement.trim() !== '') await session.execute(statement);
    connection = new KafkaConnection({ brokers: kafka.addresses });
  }, 120_000);

  afterAll(async () => {
    await session.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    await Promise.all([session.close(), connection.close(), rm(folder, { recursive: true, force: true })]);
  }, 60_000);

  const context = async (
    env: string,
    over: Record<string, string> = {},
  ): Promise<JobContext<ReconciliationVariables>> => ({
    config: await loadConfig(reconciliationJob.variables, {
      file: undefined,
      cwd: '/',
      environment: {},
      flags: Object.entries({
        env,
        'kafka.broker-servers': kafka.addresses.join(','),
        'lms-cassandra.host': cassandra.host,
        'lms-cassandra.port': String(cassandra.port),
        'lms-cassandra.keyspace': keyspace,
        'redis.host': redis.host,
        'redis.port': String(redis.port),
        'redis.database.relationCache.id': '13',
        ...over,
      }).map(([key, value]) => ({ key, value, written: `--${key}` })),
    }),
    embedded: undefined,
    clock: systemClock,
    logger: silentLogger,
    metrics: new InMemoryMetrics(),
  });
  const put = (file: string, ...lines: object[]): Promise<void> =>
    writeFile(join(folder, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const load = async (env: string, over: Record<string, string> = {}): Promise<CommandReport | undefined> =>
    reconciliationJob.dataset?.load(await context(env, over), {
      dataset: folder,
      partitions: 2,
      signal: never,
      progress: () => {},
    });
  const dump = async (env: string): Promise<(name: string) => Promise<Record<string, unknown>[]>> => {
    const out = join(folder, 'out');
    await reconciliationJob.dataset?.dump(await context(env), { out, signal: never, progress: () => {} });
    return async (name) =>
      (await readFile(join(out, `${name}.jsonl`), 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  test('what is loaded comes back: upserts, nulls, hostile ids, records with their own times', async () => {
    const env = loaded;
    const ids = { userid: 'u', courseid: 'c', batchid: 'b' };
    await put(
      'enrolments.jsonl',
      { ...ids, status: 1, progress: 4, contentstatus: { x: 1, ['__proto__']: 2 } },
      ...hostileIds.map((id) => ({
        userid: id,
        courseid: id,
        batchid: id,
        contentstatus: JSON.parse(`{${JSON.stringify(id)}:2}`) as object,
      })),
      { ...ids, status: null, contentstatus: { y: 2 }, issued_certificates: [{ name: 'n' }] },
    );
    await put('aggregates.jsonl', {
      ...{ activity_type: 'Course', activity_id: 'c', user_id: 'u', context_id: 'cb:b' },
      aggregates: { 'score:q': 1.5 },
      agg_last_updated: { 'score:q': 1_700_000_000_001 },
      agg_details: ['{}'],
    });
    await put('relations.jsonl', { key: `${env}:${env}:leafnodes`, members: ['x', 'y'] });
    await put('collections.jsonl', { identifier: 'c', status: 'Live' });
    await put(
      'requests.jsonl',
      { key: 'u', value: 'first', timestamp: 1, partition: 1 },
      { key: 'u', valueBase64: '/w==', timestamp: 2, partition: 0 },
      { value: null },
    );
    expect(await load(env)).toEqual({
      counts: {
        consumption: 0,
        enrolments: 2 + hostileIds.length,
        aggregates: 1,
        relations: 1,
        collections: 0,
        requests: 3,
      },
      notes: [expect.stringContaining('collections.jsonl is left out')],
    });
    const read = await dump(env);
    const rows = await read('enrolments');
    expect(rows).toHaveLength(1 + hostileIds.length);
    expect(rows.find((row) => row['userid'] === 'u')).toEqual({
      ...ids,
      progress: 4,
      contentstatus: { y: 2 },
      issued_certificates: [{ name: 'n' }],
    });
    const sorted = [...hostileIds, 'u'].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(rows.map((row) => row['userid'])).toEqual(sorted);
    for (const id of hostileIds) {
      const row = rows.find((each) => each['userid'] === id);
      expect(Object.entries(row?.['contentstatus'] as object)).toEqual([[id, 2]]);
    }
    expect(await read('aggregates')).toEqual([
      {
        ...{ activity_type: 'Course', activity_id: 'c', user_id: 'u', context_id: 'cb:b' },
        aggregates: { 'score:q': 1.5 },
        agg_last_updated: { 'score:q': 1_700_000_000_001 },
        agg_details: ['{}'],
      },
    ]);
    const topic = `${env}.batch.enrolment.sync.request`;
    const records = [];
    for await (const record of connection.readTopic(topic)) records.push(record);
    expect(records.filter((record) => record.timestamp !== undefined && record.timestamp < 3)).toMatchObject([
      { partition: 0, timestamp: 2, value: Buffer.from([255]) },
      { partition: 1, timestamp: 1, value: Buffer.from('first') },
    ]);
    expect(records.filter((record) => record.value === null)).toHaveLength(1);
    const created = await connection.describeTopic(topic);
    expect([created.partitions, created.retentionMs]).toEqual([2, -1]);
  }, 120_000);

  test('an existing topic keeps its partitions, its retention is warned of, a partition beyond stops the load', async () => {
    const env = uniqueName('existing');
    const topic = `${env}.batch.enrolment.sync.request`;
    await connection.createTopics([{ topic, partitions: 1, config: { 'retention.ms': '1000' } }]);
    await put('collections.jsonl');
    await put('requests.jsonl', { key: 'u', value: '{}', timestamp: 1 });
    expect((await load(env))?.notes).toEqual([expect.stringContaining(`topic ${topic} keeps records for 1000 ms`)]);
    await put('requests.jsonl', { key: 'u', value: '{}', partition: 1 });
    const refused = load(env);
    await expect(refused).rejects.toThrow(DatasetError);
    await expect(refused).rejects.toThrow(`requests.jsonl, line 1: partition 1 does not exist, topic ${topic} has 1`);
  }, 120_000);

  const startupError = async (env: string, over: Record<string, string>): Promise<Error> => {
    const job = await reconciliationJob.create(await context(env, over));
    try {
      await job.connect(never);
    } catch (error) {
      return error as Error;
    } finally {
      await job.close();
    }
    throw new Error('the job has started');
  };

  test('a missing keyspace, table or topic is one line', async () => {
    await expect(load(loaded, { 'lms-cassandra.keyspace': 'nowhere' })).rejects.toThrow('the keyspace does not exist');
    const noTable = await startupError(loaded, { 'lms-cassandra.user_enrolments.table': 'nowhere_table' });
    expect(noTable).toBeInstanceOf(SetupError);
    expect(noTable.message).toMatch(/^cassandra at \S+, keyspace \w+: table nowhere_table does not exist$/);
    const noTopic = await startupError(loaded, { 'kafka.certissue.topic': 'neither', 'kafka.audit.topic': 'nowhere' });
    expect(noTopic).toBeInstanceOf(SetupError);
    expect(noTopic.message).toMatch(/^Kafka topics "neither", "nowhere" do not exist at .*$/);
  }, 120_000);

  test.each([
    ['kafka.broker-servers', '127.0.0.1:9', /^Kafka at 127\.0\.0\.1:9 could not be reached within 2 s/],
    ['lms-cassandra.port', '9', /^cassandra at \S+:9 could not be reached within 2 s/],
    ['redis.port', '9', /^redis at \S+:9 could not be reached within 2 s/],
  ])(
    'a service that is away is told with its address: %s = %s',
    async (key, value, message) => {
      const error = await startupError(loaded, { [key]: value, 'startup.timeout': '2' });
      expect(error).toBeInstanceOf(ServiceUnavailableError);
      expect(error.message).toMatch(message);
    },
    60_000,
  );
});
