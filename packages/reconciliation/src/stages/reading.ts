import type { NodeSets } from '../domain/formulas.js';
import type { ConsumptionRow, EnrolmentKey } from '../domain/model.js';
import type { CourseStructure } from '../domain/progress.js';
import type { WriteClock } from '../domain/write-clock.js';
import type { ConsumptionStore } from '../stores/ports.js';
import type { CourseStructures, Known } from './course-structures.js';

/** All that a recompute is a function of. */
export interface Reading {
  readonly structure: CourseStructure;
  readonly rows: readonly ConsumptionRow[];
  /** Write timestamp for aggregates: taken just before the rows were read. Microseconds. */
  readonly aggregatesAt: bigint;
  /** The same for the enrolment row: larger than its WRITETIMEs too. */
  readonly readAt: bigint;
}

export interface ReadingSources {
  readonly structures: CourseStructures;
  readonly consumption: ConsumptionStore;
  readonly writeClock: WriteClock;
}

const NOTHING: Known = { ancestors: new Map(), units: new Map() };

/**
 * Reads the rest of the course's structure and then, last, the consumption.
 *
 * Which units count follows from the contents that were consumed, yet the structure has to be known before the rows are
 * read: their statuses are written under a timestamp taken just before, and every moment in between is one in which
 * another job's newer work would lose against older statuses. So the ancestors of all leaf nodes of the course are read
 * ahead (one pipelined question, mostly answered by what the process knows of the course). Where the rows name a content
 * that is none of them, its ancestors are asked for and the rows are read again, under a new timestamp.
 *
 * @param units whether aggregates of units are wanted; without, no ancestors are asked for
 * @param after the largest WRITETIME of the enrolment row
 */
export async function read(
  key: EnrolmentKey,
  course: NodeSets,
  units: boolean,
  after: bigint,
  { structures, consumption, writeClock }: ReadingSources,
): Promise<Reading> {
  let known = units ? await structures.below(key.courseId, course) : NOTHING;
  for (;;) {
    const aggregatesAt = writeClock.next(0n);
    const readAt = aggregatesAt > after ? aggregatesAt : writeClock.next(after);
    const rows = await consumption.read(key);
    const unknown: string[] = [];
    if (units) for (const { contentId } of rows) if (!known.ancestors.has(contentId)) unknown.push(contentId);
    if (unknown.length === 0) {
      const structure = { course, ancestors: known.ancestors, units: known.units };
      return { structure, rows, aggregatesAt, readAt };
    }
    known = await structures.with(key.courseId, unknown, known);
  }
}
