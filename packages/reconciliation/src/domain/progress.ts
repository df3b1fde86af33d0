import { completedCount, isComplete, required, statusByContent } from './formulas.js';
import type { NodeSets } from './formulas.js';
import type { AggregateUpdate, ConsumptionRow, EnrolmentKey } from './model.js';

/** The relation cache's answers about one course. */
export interface CourseStructure {
  /** Sets of the course itself; its leafNodes are not empty. */
  readonly course: NodeSets;
  /** contentId -> collections above it, for the contents that were asked for. */
  readonly ancestors: ReadonlyMap<string, ReadonlySet<string>>;
  /** unitId -> its sets, for the units that were asked for. */
  readonly units: ReadonlyMap<string, NodeSets>;
}

/** What follows from the consumption of an enrolment. */
export interface Progress {
  /** The course's first, then those of its units. */
  readonly aggregates: readonly AggregateUpdate[];
  /** completedCount of the course. */
  readonly progress: number;
  readonly contentStatus: ReadonlyMap<string, number>;
  readonly complete: boolean;
}

/**
 * Progress of an enrolment by the consumption rows; undefined where there are none. A unit gets an aggregate where one
 * of the contents is below it and its leaf nodes are known (a set that is missing for a moment must not put 0 over a
 * right count). Without `ancestors` there are no unit aggregates.
 */
export function progressOf(
  key: EnrolmentKey,
  structure: CourseStructure,
  rows: readonly ConsumptionRow[],
): Progress | undefined {
  if (rows.length === 0) return undefined;
  const contentStatus = statusByContent(rows);
  const update = (activityId: string, sets: NodeSets): AggregateUpdate => ({
    activityId,
    userId: key.userId,
    batchId: key.batchId,
    completedCount: completedCount(required(sets), contentStatus),
  });
  const course = update(key.courseId, structure.course);
  const units = unitsAbove(key.courseId, contentStatus.keys(), structure.ancestors).flatMap((unitId) => {
    const sets = structure.units.get(unitId);
    return sets === undefined || sets.leafNodes.size === 0 ? [] : [update(unitId, sets)];
  });
  return {
    aggregates: [course, ...units],
    progress: course.completedCount,
    contentStatus,
    complete: isComplete(structure.course, contentStatus),
  };
}

/** Every collection above any of the contents, the course itself left out; each once. */
export function unitsAbove(
  courseId: string,
  contentIds: Iterable<string>,
  ancestors: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const units = new Set<string>();
  for (const contentId of contentIds) for (const id of ancestors.get(contentId) ?? []) units.add(id);
  units.delete(courseId);
  return [...units];
}
