import { expect, test } from '@jest/globals';
import { loadConfig } from './config/load-config.js';
import { runnerVariables } from './config/shared/runner-variables.js';
import { taskVariables } from './config/shared/task-variables.js';
import { jobOptions } from './job-options.js';

const SET = {
  'task.checkpointing.interval': 2_000,
  'task.checkpointing.timeout': 30_000,
  'task.checkpointing.min-pause': 50,
  'task.checkpointing.tolerable-failures': 2,
  'task.checkpointing.max-changed-entries': 1_234,
  'task.state.max-cached-entries': 77,
  'task.auto-watermark-interval': 400,
  'stop.timeout': 3,
};

test('variables become options of the job, and unset ones have the values that the library has without them', async () => {
  const load = async (set: Readonly<Record<string, number>>) => {
    const flags = Object.entries(set).map(([key, value]) => ({ key, value: String(value), written: `--${key}` }));
    const sources = { flags, environment: {}, file: undefined, cwd: '.' };
    const { restartStrategy, ...options } = jobOptions(
      await loadConfig({ ...runnerVariables, ...taskVariables }, sources),
    );
    expect(restartStrategy).toBeDefined();
    return options;
  };
  expect(await load(SET)).toEqual({
    checkpoint: {
      intervalMs: 2_000,
      timeoutMs: 30_000,
      minPauseMs: 50,
      tolerableFailures: 2,
      maxChangedEntries: 1_234,
    },
    maxCachedStateEntries: 77,
    autoWatermarkIntervalMs: 400,
    stopTimeoutMs: 3_000,
  });
  expect(await load({})).toEqual({
    checkpoint: {
      intervalMs: 1_000,
      timeoutMs: 600_000,
      minPauseMs: 0,
      tolerableFailures: 0,
      maxChangedEntries: 25_000,
    },
    maxCachedStateEntries: 50_000,
    autoWatermarkIntervalMs: 200,
    stopTimeoutMs: 25_000,
  });
});
