import type { Random } from './random.js';

/** A unit of a course with its leaf nodes. */
export interface SampleUnit {
  readonly id: string;
  readonly leaves: readonly string[];
  readonly optional: readonly string[];
}

/** What the platform says of the course's leaf nodes: normal, or one of the ways in which they are missing. */
export type CourseKind = 'normal' | 'retired' | 'cache-missing' | 'unknown';

/** A course with what is below it. */
export interface SampleCourse {
  readonly id: string;
  readonly kind: CourseKind;
  readonly batches: readonly [string, ...string[]];
  readonly units: readonly SampleUnit[];
  /** All leaf nodes, each once; a content may be in two units. */
  readonly leaves: readonly string[];
  readonly optional: ReadonlySet<string>;
}

/** Platform ids: `do_` and a number that grows with time. */
export class SampleIds {
  #content = 0;
  #batch = 0;

  content(): string {
    this.#content += 1;
    return `do_21314${String(100_000_000_000 + this.#content * 8_192).padStart(12, '0')}1${String(1_000 + (this.#content % 9_000))}`;
  }

  batch(): string {
    this.#batch += 1;
    return `01314${String(20_000_000_000_000 + this.#batch * 65_536)}`;
  }
}

/** One course in ten shares contents with the others, about a third has optional ones. */
export function makeCourse(random: Random, ids: SampleIds, kind: CourseKind, shared: readonly string[]): SampleCourse {
  const id = ids.content();
  const batches: [string, ...string[]] = [ids.batch()];
  for (let more = random.between(0, 2); more > 0; more -= 1) batches.push(ids.batch());
  const units: SampleUnit[] = [];
  const withOptional = random.chance(0.35);
  for (let unit = random.between(2, 5); unit > 0; unit -= 1) {
    const leaves = Array.from({ length: random.between(2, 6) }, () => ids.content());
    if (random.chance(0.25)) leaves.push(...random.sample(shared, 1));
    const optional = withOptional && random.chance(0.6) ? random.sample(leaves, 1) : [];
    units.push({ id: ids.content(), leaves, optional });
  }
  const optional = new Set(units.flatMap((unit) => unit.optional));
  return { id, kind, batches, units, leaves: [...new Set(units.flatMap((unit) => unit.leaves))], optional };
}

/** Redis sets of the course as relation-cache-updater writes them. */
export function courseRelations(course: SampleCourse): readonly { key: string; members: readonly string[] }[] {
  const relations: { key: string; members: readonly string[] }[] = [];
  const add = (id: string, kind: string, members: readonly string[]): void => {
    if (members.length > 0) relations.push({ key: `${course.id}:${id}:${kind}`, members });
  };
  if (course.kind === 'normal') {
    add(course.id, 'leafnodes', course.leaves);
    add(course.id, 'optionalnodes', [...course.optional]);
  }
  for (const unit of course.units) {
    add(unit.id, 'leafnodes', unit.leaves);
    add(unit.id, 'optionalnodes', unit.optional);
  }
  for (const leaf of course.leaves) {
    const above = course.units.filter((unit) => unit.leaves.includes(leaf)).map((unit) => unit.id);
    add(leaf, 'ancestors', [...above, course.id]);
  }
  return relations;
}
