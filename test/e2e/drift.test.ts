import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { millraceOk } from '../support/cli.js';
import { checkChain, checkResume, driftOf, largestCourse, sampleWithoutRequests } from '../support/drift-chain.js';
import { embeddedWorld, temporaryFolder } from '../support/world.js';
import type { World } from '../support/world.js';

describe('drift on the embedded stores', () => {
  let world: World;
  let folder: string;
  beforeEach(() => {
    world = embeddedWorld();
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await world.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test('drift, request, run, drift: nothing is stale', async () => {
    await checkChain(world, folder, 200);
  }, 180_000);

  test('killed in the middle it goes on, and its file is the same to the byte', async () => {
    await checkResume(world, folder, 500);
  }, 180_000);

  test('a course is the sum of its batches, and one that nobody knows has none', async () => {
    const dataset = await sampleWithoutRequests(folder, 100);
    const { course, enrolments } = largestCourse(dataset);
    await millraceOk(['load', 'reconciliation', '--dataset', dataset, ...world.options]);
    const whole = await driftOf(world, '--course', course);
    const batches = [...new Set(enrolments.map(({ batchid }) => batchid))];
    const parts = [];
    for (const batch of batches) parts.push(await driftOf(world, '--course', course, '--batch', batch));
    for (const name of ['enrolments', 'agree', 'stale', 'wouldComplete', 'noConsumption', 'fail'] as const) {
      expect([name, parts.reduce((sum, part) => sum + part[name], 0)]).toEqual([name, whole[name]]);
    }
    expect(await driftOf(world, '--course', 'nobody')).toMatchObject({ scanned: whole.scanned, enrolments: 0 });
  }, 180_000);
});
