import type {
  AggregateUpdate,
  CollectionStatus,
  ConsumptionRow,
  EnrolmentKey,
  EnrolmentRow,
  EnrolmentUpdate,
} from '../domain/model.js';

/**
 * What the stages need of the world. Every method may reject; the platform's classifier (`storeErrorClassifier`) tells errors of the event (a value
 * of the wrong type in its rows) from errors of the infrastructure. Every write is idempotent.
 */

/** user_enrolments. */
export interface EnrolmentStore {
  /** The row by its whole primary key, undefined where there is none. */
  read(key: EnrolmentKey): Promise<EnrolmentRow | undefined>;
  /** Resolves when the write is acknowledged. One partition, one UNLOGGED batch where it takes two statements. */
  write(update: EnrolmentUpdate): Promise<void>;
}

/** user_content_consumption. */
export interface ConsumptionStore {
  /** All rows of the enrolment, all pages, in contentId order. */
  read(key: EnrolmentKey): Promise<readonly ConsumptionRow[]>;
}

/** user_activity_agg. */
export interface ActivityAggregateStore {
  /**
   * Merges `completedCount` and its `agg_last_updated` into the rows; other keys of these maps stay. Resolves when all
   * are acknowledged.
   *
   * @param at value of agg_last_updated, milliseconds since 1970 UTC
   * @param readAt write timestamp, microseconds since 1970 UTC
   */
  merge(updates: readonly AggregateUpdate[], at: number, readAt: bigint): Promise<void>;
}

/** The two sets of a course or unit. Empty where missing. */
export interface RelationSets {
  readonly leafNodes: ReadonlySet<string>;
  readonly optionalNodes: ReadonlySet<string>;
}

/**
 * The relation cache: sets that another job writes (`DEL` then `SADD`, so that a set may be missing for a moment).
 * Answers may be kept for a short while, but leaf nodes and ancestors that are missing are read anew each time: who
 * waits for them must see them come.
 */
export interface RelationStore {
  /** Both sets of each id, in the order of `ids`; the two sets of one id are read at one moment. */
  sets(courseId: string, ids: readonly string[]): Promise<readonly RelationSets[]>;
  /** Collections above each content, in the order of `contentIds`. */
  ancestors(courseId: string, contentIds: readonly string[]): Promise<readonly ReadonlySet<string>[]>;
}

/** The search service, asked only where leaf nodes are missing. */
export interface CollectionStatusSource {
  /** @throws where the service cannot be asked or answers nonsense */
  status(courseId: string): Promise<CollectionStatus | undefined>;
}

/** All that the job is connected to, apart from the log. */
export interface Stores {
  readonly enrolments: EnrolmentStore;
  readonly consumption: ConsumptionStore;
  readonly aggregates: ActivityAggregateStore;
  readonly relations: RelationStore;
  readonly collections: CollectionStatusSource;
}
