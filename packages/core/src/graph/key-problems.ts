import type { GraphNode } from './stream-graph.js';

/**
 * State by another key than the stream was keyed by before it. A stream's first key is trusted: who builds the graph
 * knows what its source is partitioned by. Behind an operator of that key, elements of one other key may come from
 * several tasks, each with a state of its own. A repartition begins a stream anew, with a source.
 */
export function keyProblemsOf(nodes: readonly GraphNode[], byUid: ReadonlyMap<string, GraphNode>): string[] {
  const problems: string[] = [];
  for (const node of nodes) {
    if (!node.isStateful) continue;
    for (const { key, from } of node.inputs) {
      if (key === undefined || key.preservesPartitioning) continue;
      const other = keyedOtherwise(from, key.selector, byUid, new Set());
      if (other === undefined) continue;
      problems.push(
        `${node.name} keeps state by another key than ${other.name} before it: elements of one of its keys may come from ` +
          'several tasks; put repartition() before it, or say preservesPartitioning in its keyBy where they cannot',
      );
      break;
    }
  }
  return problems;
}

/** The nearest operator from `uid` upwards that is keyed by another selector. */
function keyedOtherwise(
  uid: string,
  selector: unknown,
  byUid: ReadonlyMap<string, GraphNode>,
  seen: Set<string>,
): GraphNode | undefined {
  const node = byUid.get(uid);
  if (node === undefined || seen.has(uid)) return undefined;
  seen.add(uid);
  if (node.inputs.some(({ key }) => key !== undefined && key.selector !== selector)) return node;
  for (const { from } of node.inputs) {
    const found = keyedOtherwise(from, selector, byUid, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
