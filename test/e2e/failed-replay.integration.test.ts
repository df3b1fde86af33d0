import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { describeWithServices, freePort } from '@millrace/testing';
import { millrace } from '../support/cli.js';
import { checkNothingIsWritten, checkReplay, checkWrongInput } from '../support/failed-replay.js';
import type { ReplayScene } from '../support/failed-replay.js';
import { learners, writeFailingWorld } from '../support/failed-world.js';
import { servicesWorld, temporaryFolder } from '../support/world.js';

describeWithServices(['kafka', 'cassandra', 'redis'], 'failed events and drift on real services', (services) => {
  let scene: ReplayScene;
  beforeEach(async () => {
    const folder = temporaryFolder();
    const { failing } = writeFailingWorld(folder, learners(1));
    const world = await servicesWorld(services, failing);
    scene = { world, env: world.env, folder, services };
  }, 120_000);
  afterEach(async () => {
    await scene.world.dispose();
    rmSync(scene.folder, { recursive: true, force: true });
  }, 60_000);

  test('sent back when the cause is mended, killed in the middle again and again: all processed, none twice', async () => {
    await checkReplay(scene);
  }, 300_000);

  test('looking and trying write nothing', async () => {
    await checkNothingIsWritten(scene);
  }, 200_000);

  test('wrong input: one line, exit code 2', async () => {
    await checkWrongInput(scene);
  }, 200_000);

  test('a service that cannot be reached: one line with its address, exit code 69', async () => {
    const port = String(await freePort());
    const nowhere = ['--set', 'startup.timeout=2'];
    const kafka = ['--set', `kafka.broker-servers=127.0.0.1:${port}`, ...nowhere];
    const cassandra = ['--set', `lms-cassandra.port=${port}`, ...nowhere];
    for (const command of [
      ['failed', 'list', 'reconciliation', ...scene.world.options, ...kafka],
      ['failed', 'replay', 'reconciliation', ...scene.world.options, ...kafka],
      ['drift', 'reconciliation', '--course', 'c', ...scene.world.options, ...cassandra],
    ]) {
      const { code, stderr } = await millrace(command);
      const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
      expect([code, lines]).toEqual([69, [expect.stringContaining(`:${port}`)]]);
    }
  }, 120_000);
});
