import type { GraphEdge, GraphNode } from '../graph/stream-graph.js';
import type { StreamOperator, TwoInputStreamOperator } from './operator.js';
import type { Output } from './output.js';
import { Multicast, stage, twoInputStage, union } from './stage.js';
import type { Records } from './stage.js';

/** An operator of a task with its node. */
export interface Placed {
  readonly node: GraphNode;
  readonly operator: StreamOperator<unknown, unknown>;
}

/** Where elements enter the operators of a task. */
export interface Wiring {
  /** By source uid. */
  readonly entries: ReadonlyMap<string, Output<unknown>>;
  /** Operator uid -> tag id -> who reads that side output; nothing where nobody does. */
  readonly sides: ReadonlyMap<string, ReadonlyMap<string, Output<unknown>>>;
}

/**
 * Pipes the operators of a task together and subscribes to what nobody else reads.
 *
 * @param placed in the graph's order
 */
export function wire(placed: readonly Placed[], sourceUids: readonly string[]): Wiring {
  const entries = new Map(sourceUids.map((uid) => [uid, new Multicast<unknown>()]));
  const outputs = new Map<string, Records<unknown>>([...entries].map(([uid, entry]) => [uid, entry.records]));
  const sides = new Map<string, Map<string, Multicast<unknown>>>();
  const recordsOf = ({ from, tag }: GraphEdge): Records<unknown>[] => {
    if (tag === undefined) return outputs.has(from) ? [outputs.get(from)!] : [];
    const ofOperator = sides.get(from) ?? new Map<string, Multicast<unknown>>();
    sides.set(from, ofOperator);
    const side = ofOperator.get(tag.id) ?? new Multicast<unknown>();
    ofOperator.set(tag.id, side);
    return [side.records];
  };
  for (const { node, operator } of placed) {
    const records = outputOf(node, operator, recordsOf);
    if (readersOf(placed, node.uid) === 1) {
      outputs.set(node.uid, records);
    } else {
      const shared = new Multicast<unknown>();
      records.subscribe(shared);
      outputs.set(node.uid, shared.records);
    }
  }
  const outputsOf = (casts: ReadonlyMap<string, Multicast<unknown>>): Map<string, Output<unknown>> =>
    new Map([...casts].map(([name, cast]) => [name, cast.output]));
  return {
    entries: outputsOf(entries),
    sides: new Map([...sides].map(([uid, ofOperator]) => [uid, outputsOf(ofOperator)])),
  };
}

function outputOf(
  node: GraphNode,
  operator: StreamOperator<unknown, unknown>,
  recordsOf: (edge: GraphEdge) => Records<unknown>[],
): Records<unknown> {
  const inputs: [Records<unknown>[], Records<unknown>[]] = [[], []];
  for (const edge of node.inputs) inputs[edge.input ?? 0].push(...recordsOf(edge));
  const [first, second] = inputs;
  if (node.inputs.every((edge) => edge.input === undefined)) return union(first).pipe(stage(operator));
  const two = operator as unknown as TwoInputStreamOperator<unknown, unknown, unknown>;
  return twoInputStage(two, union(first), union(second));
}

function readersOf(placed: readonly Placed[], uid: string): number {
  return placed.reduce(
    (sum, { node }) => sum + node.inputs.filter((edge) => edge.from === uid && edge.tag === undefined).length,
    0,
  );
}
