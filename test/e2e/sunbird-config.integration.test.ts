import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KafkaConnection } from '@millrace/kafka';
import { describeWithServices } from '@millrace/testing';
import { millraceOk, summaryOf } from '../support/cli.js';
import { readDump } from '../support/dumps.js';
import { createTables, startSearchStub, temporaryFolder } from '../support/world.js';

const INPUT = 'dev.batch.enrolment.sync.request';
const GROUP = 'dev-enrolment-reconciliation-group';

describeWithServices(
  ['kafka', 'cassandra', 'redis'],
  "an unchanged configuration of the platform's Flink job",
  (services) => {
    const folder = temporaryFolder();
    const dataset = join(folder, 'dataset');
    let env: Record<string, string>;
    let search: Awaited<ReturnType<typeof startSearchStub>>;
    let connection: KafkaConnection;

    beforeAll(async () => {
      cpSync(join(process.cwd(), 'packages', 'reconciliation', 'fixtures', 'conf'), join(folder, 'conf'), {
        recursive: true,
      });
      await createTables(services, 'sunbird_courses');
      await millraceOk([
        'sample',
        'reconciliation',
        '--out',
        dataset,
        '--users',
        '60',
        '--courses',
        '6',
        '--seed',
        '3',
      ]);
      search = await startSearchStub(join(dataset, 'collections.jsonl'));
      connection = new KafkaConnection({ brokers: [...services.kafka.addresses] });
      env = {
        MILLRACE_KAFKA_BROKER_SERVERS: services.kafka.addresses.join(','),
        MILLRACE_LMS_CASSANDRA_HOST: services.cassandra.host,
        MILLRACE_LMS_CASSANDRA_PORT: String(services.cassandra.port),
        MILLRACE_REDIS_HOST: services.redis.host,
        MILLRACE_REDIS_PORT: String(services.redis.port),
        MILLRACE_SERVICE_SEARCH_BASEPATH: `${search.url}/`,
      };
    }, 120_000);

    afterAll(async () => {
      search.child.kill('SIGKILL');
      await connection.close();
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    test('starts the job where the Flink job committed, and writes to the configured topics', async () => {
      const config = ['--config.file.path', join(folder, 'conf', 'enrolment-reconciliation.conf')];
      await millraceOk(['load', 'reconciliation', '--dataset', dataset, '--partitions', '2', ...config], { env });
      const requests = readFileSync(join(dataset, 'requests.jsonl'), 'utf8').split('\n').length - 1;
      const committed = new Map([
        [0, 5],
        [1, 7],
      ]);
      await connection.setGroupOffsets(GROUP, INPUT, committed);

      const run = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...config], {
        env,
      });
      expect(summaryOf(run)['read']).toBe(requests - 12);

      const ends = await connection.partitionRanges(INPUT);
      const offsets = await connection.groupOffsets(GROUP, INPUT);
      for (const [partition, { end }] of ends) expect([partition, offsets.get(partition)]).toEqual([partition, end]);

      const out = join(folder, 'out');
      await millraceOk(['dump', 'reconciliation', '--out', out, ...config], { env });
      const dump = readDump(out);
      expect(new Set(dump.failed.map((record) => record.topic))).toEqual(new Set(['dev.activity.agg.failed']));
      expect(new Set(dump.certificates.map((record) => record.topic))).toEqual(
        new Set(['dev.issue.certificate.request']),
      );
      expect(new Set(dump.audit.map((record) => record.topic))).toEqual(new Set(['dev.telemetry.raw']));
      expect(dump.enrolments.some((row) => row['status'] === 2)).toBe(true);
    }, 120_000);

    test('reads include file("...") with an absolute path, and quoted numbers', async () => {
      const base = join(folder, 'conf', 'base-config.conf');
      const original = readFileSync(join(folder, 'conf', 'enrolment-reconciliation.conf'), 'utf8');
      const file = join(folder, 'elsewhere.conf');
      writeFileSync(
        file,
        `${original.replace('include "base-config.conf"', `include file(${JSON.stringify(base)})`)}\ntask.max-in-flight = "16"\n`,
      );
      const run = await millraceOk(
        ['run', 'reconciliation', '--until-drained', '--summary', 'json', '--config.file.path', file],
        { env },
      );
      expect(summaryOf(run)['read']).toBe(0);
      const shown = await millraceOk(['config', 'reconciliation', 'show', '--config', file], { env });
      expect(shown.stdout).toMatch(/task\.max-in-flight\W+16\W/);
      expect(shown.stdout).toMatch(/kafka\.output\.failed\.topic\W+dev\.activity\.agg\.failed/);
    }, 60_000);
  },
  { own: true },
);
