import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '@millrace/runner';
import type { ConfigSources, EffectiveConfig } from '@millrace/runner';
import type { ReconciliationVariables } from './config.js';
import { checkReconciliationConfig, reconciliationTopics, reconciliationVariables } from './config.js';
import { userContentConsumption } from './dataset/table-schema.js';
import { outputTopicsOf, tableName } from './platform-config.js';

const DEPLOYED = fileURLToPath(new URL('../fixtures/conf/enrolment-reconciliation.conf', import.meta.url));

const load = (sources: Partial<ConfigSources> = {}): Promise<EffectiveConfig<ReconciliationVariables>> =>
  loadConfig(reconciliationVariables, { file: undefined, environment: {}, flags: [], cwd: '/', ...sources });

describe('the variables', () => {
  test('the documented ones have their names and defaults', async () => {
    const config = await load();
    expect(
      Object.fromEntries(
        (
          [
            'kafka.input.topic',
            'kafka.output.failed.topic',
            'kafka.audit.topic',
            'kafka.certissue.topic',
            'kafka.groupId',
            'lms-cassandra.keyspace',
            'lms-cassandra.content_consumption.table',
            'lms-cassandra.user_enrolments.table',
            'lms-cassandra.user_activity_agg.table',
            'redis.database.relationCache.id',
            'threshold.batch.write.size',
            'activity.module.aggs.enabled',
            'activity.filter.processed.enrolments',
            'activity.collection.status.cache.expiry',
          ] as const
        ).map((name) => [name, config.get(name)]),
      ),
    ).toEqual({
      'kafka.input.topic': 'dev.batch.enrolment.sync.request',
      'kafka.output.failed.topic': 'dev.enrolment.reconciliation.failed',
      'kafka.audit.topic': 'dev.telemetry.raw',
      'kafka.certissue.topic': 'dev.issue.certificate.request',
      'kafka.groupId': 'dev-enrolment-reconciliation-group',
      'lms-cassandra.keyspace': 'sunbird_courses',
      'lms-cassandra.content_consumption.table': 'user_content_consumption',
      'lms-cassandra.user_enrolments.table': 'user_enrolments',
      'lms-cassandra.user_activity_agg.table': 'user_activity_agg',
      'redis.database.relationCache.id': 10,
      'threshold.batch.write.size': 10,
      'activity.module.aggs.enabled': true,
      'activity.filter.processed.enrolments': true,
      'activity.collection.status.cache.expiry': 3_600,
    });
  });

  test('what is new is neutral', async () => {
    const config = await load();
    expect(config.get('activity.certificate.recovery')).toBe(false);
    expect(config.get('relation.cache.expiry')).toBe(5);
    expect(config.get('relation.cache.missing.wait')).toBe(5);
    expect(config.get('relation.cache.missing.expiry')).toBe(10);
    expect(config.get('kafka.failed.max.bytes')).toBe(900_000);
    expect(config.get('kafka.auto.offset.reset')).toBe('earliest');
    expect(config.get('lms-cassandra.consistency')).toBe('LOCAL_QUORUM');
    expect(config.get('task.max-in-flight')).toBe(128);
    expect(config.get('task.retry.timeout')).toBe(600);
    for (const prefix of ['kafka', 'lms-cassandra', 'redis'] as const) {
      expect(config.get(`${prefix}.tls.enabled`)).toBe(false);
    }
  });

  test("an operator's configuration of the Flink job is read as it is", async () => {
    const config = await load({ file: DEPLOYED });
    expect(config.get('kafka.output.failed.topic')).toBe('dev.activity.agg.failed');
    expect(config.get('kafka.audit.topic')).toBe('dev.telemetry.raw');
    expect(config.get('kafka.certissue.topic')).toBe('dev.issue.certificate.request');
    expect(config.get('task.restart-strategy.attempts')).toBe(3);
    expect(config.get('task.restart-strategy.delay')).toBe(240_000);
    expect(config.get('task.checkpointing.interval')).toBe(60_000);
    expect(config.get('lms-cassandra.port')).toBe(9_042);
    expect(config.get('redis.database.relationCache.id')).toBe(10);
    expect(config.get('service.search.basePath')).toBe('http://127.0.0.1:9000');
    expect(tableName(config, userContentConsumption)).toBe('user_content_consumption');
    expect(checkReconciliationConfig(config)).toEqual([]);
  });

  test('{{env}} is filled everywhere', async () => {
    const config = await load({ environment: { MILLRACE_ENV: 'prod' } });
    expect(config.get('kafka.input.topic')).toBe('prod.batch.enrolment.sync.request');
    expect(config.get('kafka.groupId')).toBe('prod-enrolment-reconciliation-group');
    expect(outputTopicsOf(reconciliationTopics(config))).toEqual([
      'prod.issue.certificate.request',
      'prod.telemetry.raw',
      'prod.enrolment.reconciliation.failed',
    ]);
  });

  test.each([
    ['kafka.failed.max.bytes', '262143'],
    ['threshold.batch.write.size', '0'],
    ['relation.cache.expiry', '-1'],
    ['activity.certificate.recovery', 'yes'],
    ['service.search.basePath', '127.0.0.1'],
    ['lms-cassandra.keyspace', 'a; DROP KEYSPACE b'],
    ['lms-cassandra.user_enrolments.table', 'user-enrolments'],
    ['kafka.input.topic', 'a topic'],
    ['redis.database.relationCache.id', '1.5'],
  ])('%s = %s is refused with its name', async (key, value) => {
    const error: unknown = await load({ flags: [{ key, value, written: `--${key}` }] }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain(key);
  });

  test('an output that is the input is refused', async () => {
    const config = await load({ environment: { MILLRACE_KAFKA_AUDIT_TOPIC: 'dev.batch.enrolment.sync.request' } });
    expect(checkReconciliationConfig(config)).toEqual([
      'kafka.input.topic and kafka.audit.topic are both dev.batch.enrolment.sync.request: the job would read what it writes',
    ]);
  });

  test('credentials that are given in part are refused', async () => {
    const config = await load({
      environment: { MILLRACE_KAFKA_SASL_USERNAME: 'u', MILLRACE_LMS_CASSANDRA_PASSWORD: 'p' },
    });
    expect(checkReconciliationConfig(config)).toEqual([
      'kafka.sasl.mechanism, kafka.sasl.username, kafka.sasl.password belong together: set all of them or none (kafka.sasl.mechanism, kafka.sasl.password: not set)',
      'lms-cassandra.username, lms-cassandra.password belong together: set all of them or none (lms-cassandra.username: not set)',
    ]);
  });

  test('each says in a sentence what it is', () => {
    for (const [name, variable] of Object.entries(reconciliationVariables)) {
      expect([name, variable.doc]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/s)]);
    }
  });
});
