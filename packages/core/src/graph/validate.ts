import { GraphValidationError } from '../errors.js';
import { keyProblemsOf } from './key-problems.js';
import type { GraphNode } from './stream-graph.js';

/** Everything that is wrong with a graph; empty where it can run. */
export function problemsOf(nodes: readonly GraphNode[]): string[] {
  const problems: string[] = [];
  const byUid = new Map<string, GraphNode>();
  for (const node of nodes) {
    if (byUid.has(node.uid)) problems.push(`uid ${node.uid} stands for two operators; give each its own`);
    byUid.set(node.uid, node);
    if (node.isStateful && !node.hasExplicitUid) {
      problems.push(`${node.name} keeps state and has no uid: set one, its state is stored under it`);
    }
  }
  if (!nodes.some((node) => node.kind === 'source')) problems.push('the graph has no source');
  for (const node of nodes) {
    for (const edge of node.inputs) {
      const from = byUid.get(edge.from);
      if (from === undefined) problems.push(`${node.name} reads from ${edge.from}, which is not in the graph`);
      else if (edge.tag !== undefined && from.hasDeclaredTags && !from.tags.some((tag) => tag.id === edge.tag?.id)) {
        problems.push(`${node.name} reads side output ${edge.tag.id} of ${from.name}, which emits to no such tag`);
      }
    }
    const ids = node.tags.map((tag) => tag.id);
    for (const id of new Set(ids.filter((each, index) => ids.indexOf(each) !== index))) {
      problems.push(`${node.name} names the tag ${id} twice`);
    }
    for (const id of new Set(ids)) {
      const isRead = nodes.some((each) => each.inputs.some((edge) => edge.from === node.uid && edge.tag?.id === id));
      if (!isRead) problems.push(`${node.name} emits to side output ${id}, which nothing reads`);
    }
  }
  // Where a uid stands for two operators, whose edges are meant is unknown.
  const cycle = byUid.size === nodes.length ? cycleIn(nodes, byUid) : undefined;
  if (cycle !== undefined) problems.push(`the graph runs in a circle: ${cycle.join(' -> ')}`);
  else if (byUid.size === nodes.length) problems.push(...keyProblemsOf(nodes, byUid));
  return problems;
}

/** @throws GraphValidationError that lists all problems */
export function validate(nodes: readonly GraphNode[]): void {
  const problems = problemsOf(nodes);
  if (problems.length > 0) throw new GraphValidationError(problems);
}

function cycleIn(nodes: readonly GraphNode[], byUid: ReadonlyMap<string, GraphNode>): string[] | undefined {
  const done = new Set<string>();
  const visit = (uid: string, path: readonly string[]): string[] | undefined => {
    if (done.has(uid)) return undefined;
    if (path.includes(uid)) return [...path.slice(path.indexOf(uid)), uid];
    for (const edge of byUid.get(uid)?.inputs ?? []) {
      const found = visit(edge.from, [...path, uid]);
      if (found !== undefined) return found;
    }
    done.add(uid);
    return undefined;
  };
  for (const node of nodes) {
    const found = visit(node.uid, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
