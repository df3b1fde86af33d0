/** When the time to live of a value begins anew. Names after Flink's StateTtlConfig. */
export type TtlUpdateType = 'OnCreateAndWrite' | 'OnReadAndWrite';
/** Whether a value that has expired may still be seen. */
export type TtlVisibility = 'NeverReturnExpired' | 'ReturnExpiredIfNotCleanedUp';

/**
 * How long values of a state live, in processing time. Elements of a list and entries of a map live and expire one by
 * one. Turning it on or off for a state that exists fails the start; changing its other fields does not.
 *
 * @see Flink, "Working with State", "State Time-To-Live (TTL)"
 */
export interface StateTtlConfig {
  /** Milliseconds after its last change (or reading) that a value lives. Too short, and state is lost silently. */
  readonly ttlMs: number;
  /**
   * `OnReadAndWrite` keeps what is read alive; each reading then is a change that the next checkpoint writes.
   * @default 'OnCreateAndWrite'
   */
  readonly updateType?: TtlUpdateType;
  /**
   * `ReturnExpiredIfNotCleanedUp` gives an expired value once more when it is read before it was cleaned up.
   * @default 'NeverReturnExpired'
   */
  readonly stateVisibility?: TtlVisibility;
  /**
   * Entries that each access to the state looks at in passing, to remove those that have expired; 0 leaves removal to
   * reading, so that keys that never come again stay for ever.
   * @default 5
   */
  readonly cleanupSize?: number;
}
