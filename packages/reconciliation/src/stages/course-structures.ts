import type { ErrorClassifier } from '@millrace/core';
import type { NodeSets } from '../domain/formulas.js';
import { unitsAbove } from '../domain/progress.js';
import type { RelationStore } from '../stores/ports.js';

/** The leaf nodes of a course were there, and are not any more. */
export class CourseGoneError extends Error {
  constructor(courseId: string) {
    super(`the relation cache lost ${courseId} while it was read`);
  }
}

/** What is known of a course beside its own sets. */
export interface Known {
  /** contentId -> collections above it. */
  readonly ancestors: ReadonlyMap<string, ReadonlySet<string>>;
  /** unitId -> its sets. */
  readonly units: ReadonlyMap<string, NodeSets>;
}

const NOTHING: Known = { ancestors: new Map(), units: new Map() };

/**
 * What lies between a course and its leaf nodes. It is read once for all requests that work with the same sets of the
 * course: as long as the relation store hands out the very object that it handed out before (`relation.cache.expiry`),
 * what was read for it later is younger still. Where something is missing it is read anew each time, as always: its
 * writer may be between a DEL and a SADD.
 */
export class CourseStructures {
  readonly #relations: RelationStore;
  readonly #onUsedAgain: (sets: number) => void;
  readonly #classify: ErrorClassifier;
  readonly #known = new WeakMap<NodeSets, Promise<Known>>();

  /** @param onUsedAgain told how many sets a request had without a question */
  constructor(
    relations: RelationStore,
    classify: ErrorClassifier,
    onUsedAgain: (sets: number) => void = () => undefined,
  ) {
    this.#onUsedAgain = onUsedAgain;
    this.#relations = relations;
    this.#classify = classify;
  }

  /**
   * Ancestors of all leaf nodes of the course, and the sets of the units among them. A set that cannot be read (a key of
   * another type) is to blame only where the learner's own contents lead to it: then it is met again.
   *
   * Where something is missing the course itself is asked for once more: where that is gone too, Redis was emptied in
   * between, and what is there of the course is no structure to compute with.
   *
   * @throws what the relation store throws for the infrastructure; CourseGoneError
   */
  async below(courseId: string, course: NodeSets): Promise<Known> {
    const shared = this.#known.get(course);
    if (shared !== undefined) {
      const known = await shared;
      if (isWhole(known, course)) return this.#again(known);
    }
    const reading = this.#readAhead(courseId, course);
    this.#known.set(course, reading);
    try {
      const read = await reading;
      if (!isWhole(read, course)) {
        this.#forget(course, reading);
        await this.#checkStillThere(courseId);
      }
      return read;
    } catch (error) {
      this.#forget(course, reading);
      throw error;
    }
  }

  /** The same with more contents. @throws what the relation store throws */
  async with(courseId: string, contentIds: readonly string[], known: Known): Promise<Known> {
    const ancestors = new Map(known.ancestors);
    const units = new Map(known.units);
    const above = await this.#relations.ancestors(courseId, contentIds);
    contentIds.forEach((id, index) => ancestors.set(id, above[index] ?? new Set()));
    const more = unitsAbove(courseId, contentIds, ancestors).filter((id) => !units.has(id));
    if (more.length > 0) {
      const sets = await this.#relations.sets(courseId, more);
      more.forEach((id, index) => {
        const of = sets[index];
        if (of !== undefined) units.set(id, of);
      });
    }
    return { ancestors, units };
  }

  async #checkStillThere(courseId: string): Promise<void> {
    const [now] = await this.#relations.sets(courseId, [courseId]);
    if (now === undefined || now.leafNodes.size === 0) throw new CourseGoneError(courseId);
  }

  async #readAhead(courseId: string, course: NodeSets): Promise<Known> {
    try {
      return await this.with(courseId, [...course.leafNodes], NOTHING);
    } catch (error) {
      if (this.#classify(error) === 'infrastructure') throw error;
      return NOTHING;
    }
  }

  #forget(course: NodeSets, reading: Promise<Known>): void {
    if (this.#known.get(course) === reading) this.#known.delete(course);
  }

  /** Used again is had: the counts of the relation cache are by what requests needed. */
  #again(known: Known): Known {
    this.#onUsedAgain(known.ancestors.size + known.units.size);
    return known;
  }
}

function isWhole({ ancestors, units }: Known, course: NodeSets): boolean {
  if (ancestors.size < course.leafNodes.size) return false;
  for (const above of ancestors.values()) if (above.size === 0) return false;
  for (const { leafNodes } of units.values()) if (leafNodes.size === 0) return false;
  return true;
}
