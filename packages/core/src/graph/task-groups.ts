import type { GraphNode, StreamGraph } from './stream-graph.js';

/** Sources whose splits are read by the same tasks, because their elements meet in an operator that keeps something. */
export interface TaskGroup {
  /** uid of the first of them in the graph: state is kept under it. */
  readonly name: string;
  readonly sourceUids: readonly string[];
  /** Name of an operator in which they meet; undefined for a source that shares its tasks with no other. */
  readonly meetIn: string | undefined;
}

/**
 * Which sources share tasks. Streams that only flow into the same stateless operator or sink need not: each source has
 * tasks of its own there.
 */
export function taskGroupsOf({ nodes }: StreamGraph): readonly TaskGroup[] {
  const groups = new Map<string, { members: Set<string>; meetIn: string | undefined }>();
  const reaching = new Map<string, ReadonlySet<string>>();
  for (const node of nodes) {
    const sources = new Set<string>(node.source === undefined ? [] : [node.uid]);
    for (const { from } of node.inputs) for (const uid of reaching.get(from) ?? []) sources.add(uid);
    reaching.set(node.uid, sources);
    if (node.source !== undefined) groups.set(node.uid, { members: sources, meetIn: undefined });
    if (sources.size < 2 || !keepsSomething(node)) continue;
    const members = new Set([...sources].flatMap((uid) => [...(groups.get(uid)?.members ?? [])]));
    const merged = { members, meetIn: node.name };
    for (const uid of members) groups.set(uid, merged);
  }
  const order = nodes.filter((node) => node.source !== undefined).map((node) => node.uid);
  return [...new Set(groups.values())].map(({ members, meetIn }) => {
    const sourceUids = order.filter((uid) => members.has(uid));
    return { name: sourceUids[0] as string, sourceUids, meetIn };
  });
}

function keepsSomething(node: GraphNode): boolean {
  return node.isStateful || node.inputs.some((edge) => edge.input !== undefined);
}
