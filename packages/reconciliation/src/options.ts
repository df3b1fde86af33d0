import type { ReconciliationConfig } from './config.js';
import { JOB_NAME } from './job-name.js';
import type { PlatformConfig } from './platform-config.js';
import type { AsyncStageOptions } from './recompute.js';
import type { ReconciliationOptions } from './topology.js';

/** How the stages of a job of this family behave, whatever they do. */
export interface StageOptions extends AsyncStageOptions {
  /** Stands in failed events. */
  readonly jobName: string;
  /** Largest failed event in bytes, key and headers included [kafka.failed.max.bytes]; at least 262,144. */
  readonly failedMaxBytes: number;
}

/**
 * The part that all jobs of this family share, as configured.
 *
 * @param maxFailedBytes largest failed record that the log takes
 */
export function stageOptions(jobName: string, config: PlatformConfig, maxFailedBytes: number): StageOptions {
  return {
    jobName,
    failedMaxBytes: Math.min(config.get('kafka.failed.max.bytes'), maxFailedBytes),
    maxInFlight: config.get('task.max-in-flight'),
    retryTimeoutMs: config.get('task.retry.timeout') * 1_000,
  };
}

/**
 * How the job behaves, as configured.
 *
 * @param maxFailedBytes largest failed record that the log takes
 * @param jobName of a sibling that recomputes too
 */
export function reconciliationOptions(
  config: ReconciliationConfig,
  maxFailedBytes: number,
  jobName = JOB_NAME,
): ReconciliationOptions {
  return {
    ...stageOptions(jobName, config, maxFailedBytes),
    filterCompleted: config.get('activity.filter.processed.enrolments'),
    certificateRecovery: config.get('activity.certificate.recovery'),
    moduleAggregates: config.get('activity.module.aggs.enabled'),
    missingWaitMs: config.get('relation.cache.missing.wait') * 1_000,
    missingExpiryMs: config.get('relation.cache.missing.expiry') * 1_000,
    adaptiveInFlight: config.get('task.adaptive-in-flight'),
  };
}
