import type { Clock, ErrorClassifier } from '@millrace/core';
import type { RowLookup } from '../../dataset/ports.js';
import { userActivityAgg } from '../../dataset/table-schema.js';
import { COMPLETED, required, statusByContent } from '../../domain/formulas.js';
import type { AggregateUpdate, EnrolmentKey } from '../../domain/model.js';
import { progressOf } from '../../domain/progress.js';
import { createWriteClock } from '../../domain/write-clock.js';
import { CourseStructures } from '../../stages/course-structures.js';
import { read } from '../../stages/reading.js';
import { aggregateKey } from '../../stores/aggregate-key.js';
import type { Stores } from '../../stores/ports.js';

/** A content and the status it counts with; null: nothing of it was consumed. */
export interface Content {
  readonly id: string;
  readonly status: number | null;
}

/** A course or unit in user_activity_agg. */
export interface ActivityCount {
  readonly activityId: string;
  readonly kind: 'course' | 'unit';
  /** Contents that have to be completed. */
  readonly required: number;
  /** Null: there is no count. */
  readonly stored: number | null;
  /** What a recompute gives; null where nothing was consumed. */
  readonly computed: number | null;
}

/** The contents of a course, seen from one enrolment. */
export interface Contents {
  /** Null: the relation cache has no leaf nodes for the course. */
  readonly course: {
    readonly required: readonly Content[];
    readonly completed: readonly string[];
    readonly missing: readonly Content[];
    readonly optional: readonly Content[];
  } | null;
  /** Consumed, but no leaf nodes of the course. */
  readonly outside: readonly Content[];
  readonly counts: readonly ActivityCount[];
}

export interface ContentsSources {
  readonly stores: Stores;
  readonly rows: RowLookup;
  readonly classify: ErrorClassifier;
  readonly clock: Clock;
  /** Whether units are counted. */
  readonly units: boolean;
}

/** Contents and counts, by the functions that the job computes with. */
export async function contentsOf(key: EnrolmentKey, sources: ContentsSources): Promise<Contents> {
  const { stores, classify, clock, units } = sources;
  const { relations, consumption } = stores;
  const [sets] = await relations.sets(key.courseId, [key.courseId]);
  if (sets === undefined || sets.leafNodes.size === 0) {
    const statuses = statusByContent(await consumption.read(key));
    return { course: null, outside: contents(statuses.keys(), statuses), counts: [] };
  }
  const writeClock = createWriteClock(() => clock.now());
  const structures = new CourseStructures(relations, classify);
  const { structure, rows } = await read(key, sets, units, 0n, { structures, consumption, writeClock });
  const statuses = statusByContent(rows);
  const needed = contents(required(sets), statuses);
  const optional = [...sets.leafNodes].filter((id) => sets.optionalNodes.has(id));
  const computed = progressOf(key, structure, rows)?.aggregates;
  const course = { activityId: key.courseId, userId: key.userId, batchId: key.batchId };
  const counts = (computed ?? [course]).map(async (activity): Promise<ActivityCount> => {
    const isCourse = activity.activityId === key.courseId;
    const nodes = isCourse ? sets : structure.units.get(activity.activityId);
    return {
      activityId: activity.activityId,
      kind: isCourse ? 'course' : 'unit',
      required: nodes === undefined ? 0 : required(nodes).size,
      stored: await storedCount(activity, sources.rows),
      computed: 'completedCount' in activity ? activity.completedCount : null,
    };
  });
  return {
    course: {
      required: needed,
      completed: needed.filter(isCompleted).map(({ id }) => id),
      missing: needed.filter((content) => !isCompleted(content)),
      optional: contents(optional, statuses),
    },
    outside: contents(
      [...statuses.keys()].filter((id) => !sets.leafNodes.has(id)),
      statuses,
    ),
    counts: await Promise.all(counts),
  };
}

function contents(ids: Iterable<string>, statuses: ReadonlyMap<string, number>): readonly Content[] {
  return [...ids].sort().map((id) => ({ id, status: statuses.get(id) ?? null }));
}

function isCompleted({ status }: Content): boolean {
  return status === COMPLETED;
}

/** `completedCount` of a course or unit in user_activity_agg; null where there is none. */
export async function storedCount(
  activity: Pick<AggregateUpdate, 'activityId' | 'userId' | 'batchId'>,
  rows: RowLookup,
): Promise<number | null> {
  const row = await rows.get(userActivityAgg, aggregateKey(activity));
  const aggregates = row?.columns.get('aggregates');
  return aggregates instanceof Map ? ((aggregates as ReadonlyMap<string, number>).get('completedCount') ?? null) : null;
}
