import type { ReconciliationConfig } from './config.js';
import { JOB_NAME } from './job-name.js';
import type { ReconciliationOptions } from './topology.js';

/**
 * How the job behaves, as configured.
 *
 * @param maxFailedBytes largest failed record that the log takes
 */
export function reconciliationOptions(config: ReconciliationConfig, maxFailedBytes: number): ReconciliationOptions {
  return {
    jobName: JOB_NAME,
    filterCompleted: config.get('activity.filter.processed.enrolments'),
    certificateRecovery: config.get('activity.certificate.recovery'),
    moduleAggregates: config.get('activity.module.aggs.enabled'),
    missingWaitMs: config.get('relation.cache.missing.wait') * 1_000,
    missingExpiryMs: config.get('relation.cache.missing.expiry') * 1_000,
    failedMaxBytes: Math.min(config.get('kafka.failed.max.bytes'), maxFailedBytes),
    maxInFlight: config.get('task.max-in-flight'),
    adaptiveInFlight: config.get('task.adaptive-in-flight'),
    retryTimeoutMs: config.get('task.retry.timeout') * 1_000,
  };
}
