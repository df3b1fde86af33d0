import { afterEach, beforeEach, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { describeWithServices } from '@millrace/testing';
import { checkChain, checkResume, sampleWithoutRequests } from '../support/drift-chain.js';
import { servicesWorld, temporaryFolder } from '../support/world.js';
import type { World } from '../support/world.js';

describeWithServices(['kafka', 'cassandra', 'redis'], 'drift on real services', (services) => {
  let world: World;
  let folder: string;
  beforeEach(async () => {
    folder = temporaryFolder();
    // The search stub knows the collections of the data set.
    world = await servicesWorld(services, await sampleWithoutRequests(folder, 10));
  }, 120_000);
  afterEach(async () => {
    await world.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('drift, request, run, drift: nothing is stale', async () => {
    await checkChain(world, folder, 80);
  }, 240_000);

  test('killed in the middle it goes on, and its file is the same to the byte', async () => {
    await checkResume(world, folder, 200);
  }, 240_000);
});
