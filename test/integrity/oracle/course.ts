/** A course as the platform describes it, small enough to know every count by heart. */
export interface Course {
  readonly id: string;
  /** What the search service says of it; undefined: it does not know it. */
  readonly status: 'Live' | 'Retired' | undefined;
  /** Empty: the relation cache has no leaf nodes of the course. */
  readonly units: readonly { readonly id: string; readonly leaves: readonly string[] }[];
  readonly optional: readonly string[];
}

/** One Redis set. */
export interface Relation {
  readonly key: string;
  readonly members: readonly string[];
}

const NORMAL = 8;

/** Eight courses to learn, one whose leaf nodes are missing, one that is retired. */
export function makeCourses(prefix: string): readonly Course[] {
  const normal = Array.from({ length: NORMAL }, (_, n): Course => {
    const id = `${prefix}-course-${String(n)}`;
    const leaf = (k: number): string => `${id}-leaf-${String(k)}`;
    return {
      id,
      status: 'Live',
      units: [
        { id: `${id}-unit-a`, leaves: [leaf(0), leaf(1)] },
        { id: `${id}-unit-b`, leaves: [leaf(2), leaf(3)] },
      ],
      optional: n % 2 === 0 ? [leaf(3)] : [],
    };
  });
  return [
    ...normal,
    { id: `${prefix}-course-gap`, status: 'Live', units: [], optional: [] },
    { id: `${prefix}-course-retired`, status: 'Retired', units: [], optional: [] },
  ];
}

export function leavesOf(course: Course): readonly string[] {
  return course.units.flatMap((unit) => unit.leaves);
}

/** The sets of a course as the platform's cache has them. */
export function relationsOf(course: Course): readonly Relation[] {
  if (course.units.length === 0) return [];
  const set = (id: string, kind: string, members: readonly string[]): Relation[] =>
    members.length === 0 ? [] : [{ key: `${course.id}:${id}:${kind}`, members }];
  return [
    ...course.units.flatMap((unit) => [
      ...set(unit.id, 'leafnodes', unit.leaves),
      ...set(
        unit.id,
        'optionalnodes',
        unit.leaves.filter((leaf) => course.optional.includes(leaf)),
      ),
      ...unit.leaves.flatMap((leaf) => set(leaf, 'ancestors', [unit.id, course.id])),
    ]),
    ...set(course.id, 'optionalnodes', course.optional),
    // The last: a course whose leaf nodes are there and whose units are not yet is recomputed without its units.
    ...set(course.id, 'leafnodes', leavesOf(course)),
  ];
}
