import type { ConsumptionRow } from './model.js';

/** The two sets of a course or unit in the relation cache. Empty where missing. */
export interface NodeSets {
  readonly leafNodes: ReadonlySet<string>;
  readonly optionalNodes: ReadonlySet<string>;
}

/** The status at which a content counts as completed, and an enrolment as well. */
export const COMPLETED = 2;
/** The status of an enrolment that is under way; also what a content without a status counts as. */
export const IN_PROGRESS = 1;

/** contentId -> status, in the order of the rows; a null status counts as 1. */
export function statusByContent(rows: readonly ConsumptionRow[]): ReadonlyMap<string, number> {
  return new Map(rows.map((row) => [row.contentId, row.status ?? IN_PROGRESS]));
}

/** Sets are never changed, and those of a course serve many requests: what follows from them is computed once. */
const requiredOf = new WeakMap<NodeSets, ReadonlySet<string>>();

/** The leaf nodes that have to be completed: those that are not optional themselves. */
export function required(sets: NodeSets): ReadonlySet<string> {
  let nodes = requiredOf.get(sets);
  if (nodes === undefined) {
    nodes = new Set([...sets.leafNodes].filter((id) => !sets.optionalNodes.has(id)));
    requiredOf.set(sets, nodes);
  }
  return nodes;
}

/** How many of the nodes have status 2. */
export function completedCount(nodes: ReadonlySet<string>, statuses: ReadonlyMap<string, number>): number {
  let count = 0;
  for (const id of nodes) if (statuses.get(id) === COMPLETED) count += 1;
  return count;
}

/** Complete: every required leaf node has status 2; where all of them are optional, any leaf node has. */
export function isComplete(course: NodeSets, statuses: ReadonlyMap<string, number>): boolean {
  const nodes = required(course);
  return nodes.size > 0
    ? completedCount(nodes, statuses) >= nodes.size
    : completedCount(course.leafNodes, statuses) > 0;
}
