import type { ErrorClassifier } from '@millrace/core';
import type { NodeSets } from '../domain/formulas.js';
import type { ConsumptionRow, EnrolmentKey } from '../domain/model.js';
import { unitsAbove } from '../domain/progress.js';
import type { CourseStructure } from '../domain/progress.js';
import type { WriteClock } from '../domain/write-clock.js';
import type { ConsumptionStore, RelationStore } from '../stores/ports.js';

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
  readonly relations: RelationStore;
  readonly consumption: ConsumptionStore;
  readonly writeClock: WriteClock;
  readonly classify: ErrorClassifier;
}

/**
 * Reads the rest of the course's structure and then, last, the consumption.
 *
 * Which units count follows from the contents that were consumed, yet the structure has to be known before the rows are
 * read: their statuses are written under a timestamp taken just before, and every moment in between is one in which
 * another job's newer work would lose against older statuses. So the ancestors of all leaf nodes of the course are read
 * ahead (one pipelined question, mostly answered by the process's cache). Where the rows name a content that is none of
 * them, its ancestors are asked for and the rows are read again, under a new timestamp.
 *
 * @param units whether aggregates of units are wanted; without, no ancestors are asked for
 * @param after the largest WRITETIME of the enrolment row
 */
export async function read(
  key: EnrolmentKey,
  course: NodeSets,
  units: boolean,
  after: bigint,
  sources: ReadingSources,
): Promise<Reading> {
  const { consumption, writeClock } = sources;
  const known = units ? await readAhead(key.courseId, course, sources) : nothingKnown();
  for (;;) {
    const aggregatesAt = writeClock.next(0n);
    const readAt = aggregatesAt > after ? aggregatesAt : writeClock.next(after);
    const rows = await consumption.read(key);
    const unknown = units ? rows.map((row) => row.contentId).filter((id) => !known.ancestors.has(id)) : [];
    if (unknown.length === 0) return { structure: { course, ...known }, rows, aggregatesAt, readAt };
    await learn(key.courseId, unknown, known, sources.relations);
  }
}

interface Known {
  readonly ancestors: Map<string, ReadonlySet<string>>;
  readonly units: Map<string, NodeSets>;
}

function nothingKnown(): Known {
  return { ancestors: new Map(), units: new Map() };
}

/**
 * A set that cannot be read (a key of another type) is to blame only where the learner's own contents lead to it: then
 * it is met again.
 */
async function readAhead(courseId: string, course: NodeSets, { relations, classify }: ReadingSources): Promise<Known> {
  const known = nothingKnown();
  try {
    await learn(courseId, [...course.leafNodes], known, relations);
    return known;
  } catch (error) {
    if (classify(error) === 'infrastructure') throw error;
    return nothingKnown();
  }
}

async function learn(
  courseId: string,
  contentIds: readonly string[],
  known: Known,
  relations: RelationStore,
): Promise<void> {
  const above = await relations.ancestors(courseId, contentIds);
  contentIds.forEach((id, index) => known.ancestors.set(id, above[index] ?? new Set()));
  const units = unitsAbove(courseId, contentIds, known.ancestors).filter((id) => !known.units.has(id));
  if (units.length === 0) return;
  const sets = await relations.sets(courseId, units);
  units.forEach((id, index) => {
    const of = sets[index];
    if (of !== undefined) known.units.set(id, of);
  });
}
