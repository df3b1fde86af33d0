import { afterEach, beforeEach, describe, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { checkNothingIsWritten, checkReplay, checkWrongInput } from '../support/failed-replay.js';
import type { ReplayScene } from '../support/failed-replay.js';
import { embeddedWorld, temporaryFolder } from '../support/world.js';

describe('failed events and drift on the embedded stores', () => {
  let scene: ReplayScene;
  beforeEach(() => {
    scene = { world: embeddedWorld(), env: 'dev', folder: temporaryFolder() };
  });
  afterEach(async () => {
    await scene.world.dispose();
    rmSync(scene.folder, { recursive: true, force: true });
  });

  test('sent back when the cause is mended, killed in the middle again and again: all processed, none twice', async () => {
    await checkReplay(scene);
  }, 240_000);

  test('looking and trying write nothing', async () => {
    await checkNothingIsWritten(scene);
  }, 120_000);

  test('wrong input: one line, exit code 2', async () => {
    await checkWrongInput(scene);
  }, 120_000);
});
