import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithServices, freePort, uniqueName } from '@millrace/testing';
import { millrace, millraceOk, startMillrace } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { servicesWorld, temporaryFolder, withSession } from '../support/world.js';
import type { ServicesWorld } from '../support/world.js';

function told({ stderr }: CliResult): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}

describeWithServices(['kafka', 'cassandra', 'redis'], 'services that are not as the job needs them', (services) => {
  const folder = temporaryFolder();
  let world: ServicesWorld;

  beforeAll(async () => {
    mkdirSync(join(folder, 'empty'));
    world = await servicesWorld(services, folder);
    await millraceOk(['load', 'reconciliation', '--dataset', join(folder, 'empty'), ...world.options]);
  }, 120_000);

  afterAll(async () => {
    await world.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const run = (...more: readonly string[]): Promise<CliResult> =>
    millrace(['run', 'reconciliation', '--until-drained', ...world.options, ...more]);

  test('as it needs them: exit code 0', async () => {
    expect((await run()).code).toBe(0);
  });

  test('a missing topic: one line that names it, exit code 2', async () => {
    const topic = uniqueName('nowhere');
    const result = await run('--set', `kafka.certissue.topic=${topic}`);
    expect([result.code, told(result)]).toEqual([2, [expect.stringContaining(topic)]]);
  });

  test('a missing table: one line that names it, exit code 2', async () => {
    const result = await run('--set', 'lms-cassandra.user_enrolments.table=no_such_table');
    expect([result.code, told(result)]).toEqual([2, [expect.stringContaining('no_such_table')]]);
  });

  test('a table that is missing for dump: the same', async () => {
    const wrong = ['--set', 'lms-cassandra.user_enrolments.table=no_such_table'];
    const result = await millrace(['dump', 'reconciliation', '--out', join(folder, 'out'), ...world.options, ...wrong]);
    expect([result.code, told(result)]).toEqual([2, [expect.stringContaining('no_such_table')]]);
  });

  test('a missing column: one line that names it, exit code 2', async () => {
    await withSession(services, (session) =>
      session.execute(`ALTER TABLE ${world.keyspace}.user_activity_agg DROP agg_last_updated`),
    );
    const result = await run();
    expect([result.code, told(result)]).toEqual([2, [expect.stringMatching(/user_activity_agg.*agg_last_updated/)]]);
    await withSession(services, (session) =>
      session.execute(`ALTER TABLE ${world.keyspace}.user_activity_agg ADD agg_last_updated map<text, timestamp>`),
    );
  });

  test.each(['lms-cassandra.port', 'redis.port'])(
    '%s of nobody: one line with the address, exit code 69',
    async (name) => {
      const port = String(await freePort());
      const result = await run('--set', `${name}=${port}`, '--set', 'startup.timeout=2');
      expect([result.code, told(result)]).toEqual([69, [expect.stringContaining(`:${port}`)]]);
    },
  );

  test('SIGTERM during work: exit code 0', async () => {
    const { child, ended } = startMillrace(['run', 'reconciliation', ...world.options]);
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: string) => {
        if (chunk.includes('RUNNING')) resolve();
      });
    });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});
