import { RestartStrategies, type JobOptions } from '@millrace/core';
import type { runnerVariables } from './config/shared/runner-variables.js';
import type { taskVariables } from './config/shared/task-variables.js';
import type { Config } from './config/variable.js';

/** Without a failure for this long, all restarts are available again. */
const REFILL_AFTER_MS = 3_600_000;

/**
 * The `task.*` variables as the runtime's options: checkpoints, and Flink's fixed-delay restarts whose budget refills
 * after an hour without failure.
 */
export function jobOptions(config: Config<typeof taskVariables & typeof runnerVariables>): JobOptions {
  return {
    checkpoint: {
      intervalMs: config.get('task.checkpointing.interval'),
      timeoutMs: config.get('task.checkpointing.timeout'),
      minPauseMs: config.get('task.checkpointing.min-pause'),
      tolerableFailures: config.get('task.checkpointing.tolerable-failures'),
      maxChangedEntries: config.get('task.checkpointing.max-changed-entries'),
    },
    maxCachedStateEntries: config.get('task.state.max-cached-entries'),
    autoWatermarkIntervalMs: config.get('task.auto-watermark-interval'),
    restartStrategy: RestartStrategies.fixedDelay(
      config.get('task.restart-strategy.attempts'),
      config.get('task.restart-strategy.delay'),
      { refillAfterMs: REFILL_AFTER_MS },
    ),
    stopTimeoutMs: config.get('stop.timeout') * 1_000,
  };
}
