/** Why a request ended in the failed topic. Stable: operators select by them. */
export type FailureCode = (typeof failureCodes)[number];

export const failureCodes = [
  'ERR_UNPARSEABLE_EVENT',
  'ERR_INVALID_EVENT',
  'ERR_LEAF_NODES_MISSING',
  'ERR_COLLECTION_RETIRED',
  'ERR_COLLECTION_UNKNOWN',
  'ERR_PROCESSING',
] as const;

/** Stage of the job in which a request failed. */
export type FailureStage = 'deserialize' | 'filter' | 'consumption' | 'aggregate' | 'persist';

/** What is said of a failure, apart from the record's own facts. */
export interface Failure {
  readonly code: FailureCode;
  /** For people; shortened to 1,000 characters where it is written. */
  readonly error: string;
  readonly stage: FailureStage;
  /** Reads or tries that the finding rests on; at least 1. */
  readonly attempts: number;
}
