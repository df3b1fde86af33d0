import type { FailureOptions } from '../stages/stage-failures.js';
import { Tally } from '../stages/tally.js';
import type { ReconciliationOptions } from '../topology.js';
import { classify } from './fake-stores.js';

/** The defaults of the configuration. */
export const defaults: ReconciliationOptions = {
  jobName: 'enrolment-reconciliation',
  moduleAggregates: true,
  filterCompleted: true,
  certificateRecovery: false,
  missingWaitMs: 5_000,
  missingExpiryMs: 10_000,
  failedMaxBytes: 900_000,
  maxInFlight: 128,
  retryTimeoutMs: 600_000,
};

export const failedRecords = { jobName: defaults.jobName, maxBytes: defaults.failedMaxBytes };

export function failureOptions(): FailureOptions {
  return { records: failedRecords, classify, tally: new Tally() };
}

/** failInfo of a failed record. */
export function failInfoOf(record: { readonly value: unknown } | undefined): Record<string, unknown> {
  return (JSON.parse(record?.value as string) as { failInfo: Record<string, unknown> }).failInfo;
}
