import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { cliPath, millraceOk } from '../support/cli.js';
import { failedInputs, readDump, tablesOf, valuesOf } from '../support/dumps.js';
import type { Dump } from '../support/dumps.js';
import { embeddedWorld, temporaryFolder } from '../support/world.js';
import type { World } from '../support/world.js';

const loader = new URL('../../packages/testing/dist/fail-points.js', import.meta.url).href;
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each in a life of its own, one after another on one store; the counts spread them over the work. */
const points = [
  'reconciliation-aggregated:10',
  'reconciliation-aggregates-written:10',
  'reconciliation-enrolment-written:10',
  'reconciliation-certificate-sent:3',
  'reconciliation-audit-sent:3',
  'embedded-commit:20',
  'embedded-committed:20',
  'checkpoint-commit:1',
  'checkpoint-committed:1',
];

function runUntil(failPoint: string, world: World): NodeJS.Signals | null {
  const pace = ['--set', 'task.checkpointing.interval=50', '--set', 'task.max-in-flight=4'];
  const args = ['--import', loader, cliPath, 'run', 'reconciliation', '--until-drained', ...world.options, ...pace];
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', MILLRACE_FAIL_POINT: failPoint };
  return spawnSync(process.execPath, args, { env, stdio: 'ignore' }).signal;
}

async function finish(world: World, name: string): Promise<Dump> {
  await millraceOk(['run', 'reconciliation', '--until-drained', ...world.options]);
  const out = join(folder, name);
  mkdirSync(out, { recursive: true });
  await millraceOk(['dump', 'reconciliation', '--out', out, ...world.options]);
  return readDump(out);
}

test('the job dies at every fail point of it, and nothing is lost or wrong', async () => {
  const dataset = join(folder, 'sample');
  await millraceOk(['sample', 'reconciliation', '--out', dataset, '--users', '250', '--courses', '10', '--seed', '5']);
  const [calm, stormy] = [embeddedWorld(), embeddedWorld()];
  try {
    for (const world of [calm, stormy]) {
      await millraceOk(['load', 'reconciliation', '--dataset', dataset, ...world.options]);
    }
    const expected = await finish(calm, 'calm');
    for (const point of points) expect([point, runUntil(point, stormy)]).toEqual([point, 'SIGKILL']);
    const actual = await finish(stormy, 'stormy');
    expect(tablesOf(actual)).toEqual(tablesOf(expected));
    // As sets of texts: what came twice was equal to the byte, or it would be an element of its own.
    expect(valuesOf(actual.certificates)).toEqual(valuesOf(expected.certificates));
    expect(valuesOf(actual.audit)).toEqual(valuesOf(expected.audit));
    expect(failedInputs(actual)).toEqual(failedInputs(expected));
    expect(expected.certificates.length).toBeGreaterThan(30);
  } finally {
    await calm.dispose();
    await stormy.dispose();
  }
}, 600_000);
