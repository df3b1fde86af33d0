import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithServices, freePort } from '@millrace/testing';
import { millraceOk, startMillrace, summaryOf } from '../support/cli.js';
import { failedInputs, readDump, tablesOf, valuesOf } from '../support/dumps.js';
import type { Dump } from '../support/dumps.js';
import { embeddedWorld, servicesWorld, temporaryFolder } from '../support/world.js';
import type { World } from '../support/world.js';

/** The row of kills at random moments (`npm run test:integrity`) has many more. */
const KILLS = 4;

/** Commits are frequent and work is slow enough that every life of the process sees some of both. */
const pace = ['--set', 'task.checkpointing.interval=200', '--set', 'task.max-in-flight=4'];

interface Status {
  readonly splits?: readonly { readonly committed?: number; readonly inFlight: number }[];
}

/** A small generator with a seed that is printed, so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function readStatus(port: number): Promise<Status | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${String(port)}/health/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    return (await response.json()) as Status;
  } catch {
    return undefined; // not listening yet
  }
}

/** Runs until something was committed in this life and work is left, then a random moment longer, then SIGKILL. */
async function runAndKill(
  world: World,
  next: () => number,
): Promise<{ committed: number; inFlight: number } | undefined> {
  const port = await freePort();
  const args = ['run', 'reconciliation', '--until-drained', '--http.port', String(port), ...world.options, ...pace];
  const { child, ended } = startMillrace(args);
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!isOver) {
    const status = await readStatus(port);
    const committed = (status?.splits ?? []).filter((task) => task.committed !== undefined).length;
    if (committed > 0) {
      await sleep(Math.floor(next() * 400));
      const last = await readStatus(port);
      const inFlight = (last?.splits ?? []).reduce((sum, task) => sum + task.inFlight, 0);
      if (inFlight === 0) continue;
      child.kill('SIGKILL');
      await ended;
      return { committed, inFlight };
    }
    await sleep(20);
  }
  return undefined; // it came to its end first
}

async function finishAndDump(world: World, folder: string, name: string): Promise<Dump> {
  await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...world.options]);
  const again = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...world.options]);
  expect(summaryOf(again)['read']).toBe(0);
  const out = join(folder, name);
  mkdirSync(out, { recursive: true });
  await millraceOk(['dump', 'reconciliation', '--out', out, ...world.options]);
  return readDump(out);
}

async function checkKills(worldOf: () => Promise<World>, dataset: string, folder: string): Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const next = random(seed);
  const calm = await worldOf();
  const stormy = await worldOf();
  try {
    for (const world of [calm, stormy]) {
      await millraceOk(['load', 'reconciliation', '--dataset', dataset, ...world.options]);
    }
    const expected = await finishAndDump(calm, folder, `calm-${calm.name}`);
    const kills = [];
    for (let n = 0; n < KILLS; n += 1) {
      const kill = await runAndKill(stormy, next);
      if (kill === undefined) break;
      kills.push(kill);
    }
    process.stdout.write(
      `seed ${String(seed)}: killed with records in flight: ${kills.map((k) => k.inFlight).join(', ')}\n`,
    );
    expect(kills).toHaveLength(KILLS);
    const actual = await finishAndDump(stormy, folder, `stormy-${stormy.name}`);
    expect(tablesOf(actual)).toEqual(tablesOf(expected));
    // As sets of texts: what came twice was equal to the byte, or it would be an element of its own.
    expect(valuesOf(actual.certificates)).toEqual(valuesOf(expected.certificates));
    expect(valuesOf(actual.audit)).toEqual(valuesOf(expected.audit));
    expect(failedInputs(actual)).toEqual(failedInputs(expected));
    expect(actual.certificates.length).toBeGreaterThanOrEqual(expected.certificates.length);
    expect(expected.certificates.length).toBeGreaterThan(100);
    expect(expected.failed.length).toBeGreaterThan(0);
  } finally {
    await calm.dispose();
    await stormy.dispose();
  }
}

describe(`killed ${String(KILLS)} times with SIGKILL and started again`, () => {
  const folder = temporaryFolder();
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function sample(users: number): Promise<string> {
    const dataset = join(folder, `sample-${String(users)}`);
    const size = ['--users', String(users), '--courses', '20', '--seed', '11'];
    await millraceOk(['sample', 'reconciliation', '--out', dataset, ...size]);
    return dataset;
  }

  test('on the embedded stores: same tables, nothing missing', async () => {
    await checkKills(() => Promise.resolve(embeddedWorld()), await sample(3_000), folder);
  }, 300_000);

  describeWithServices(['kafka', 'cassandra', 'redis'], 'on real services', (services) => {
    test('same tables, nothing missing', async () => {
      const dataset = await sample(600);
      await checkKills(() => servicesWorld(services, dataset), dataset, folder);
    }, 900_000);
  });
});
