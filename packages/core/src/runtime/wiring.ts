import type { GraphNode } from '../graph/stream-graph.js';
import type { StreamOperator, TwoInputStreamOperator } from './operator.js';
import { FirstInputOf, InputOf, outputTo, SecondInputOf } from './output.js';
import type { Output } from './output.js';
import { Steps } from './step.js';

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
 * Connects the operators of a task, each with those that read it. From the end to the beginning: what reads an output
 * is known when its operator is connected.
 *
 * @param placed in the graph's order
 */
export function wire(placed: readonly Placed[], sourceUids: readonly string[]): Wiring {
  const inputs = new Map<string, Inputs>();
  const readersOf = (uid: string, tag: string | undefined): Output<unknown>[] =>
    placed.flatMap(({ node }) =>
      node.inputs
        .filter((edge) => edge.from === uid && edge.tag?.id === tag)
        .map((edge) => inputs.get(node.uid)![edge.input ?? 0]),
    );
  for (const { node, operator } of [...placed].reverse()) {
    const out = outputTo(readersOf(node.uid, undefined));
    operator.connect(out);
    inputs.set(node.uid, inputsOf(node, operator, out));
  }
  const entries = new Map(sourceUids.map((uid) => [uid, outputTo(readersOf(uid, undefined))]));
  const sides = new Map<string, Map<string, Output<unknown>>>();
  for (const { from, tag } of placed.flatMap(({ node }) => node.inputs)) {
    if (tag === undefined) continue;
    const ofOperator = sides.get(from) ?? new Map<string, Output<unknown>>();
    sides.set(from, ofOperator.set(tag.id, outputTo(readersOf(from, tag.id))));
  }
  return { entries, sides };
}

type Inputs = readonly [Output<unknown>, Output<unknown>];

function inputsOf(node: GraphNode, operator: StreamOperator<unknown, unknown>, out: Output<unknown>): Inputs {
  if (node.inputs.some((edge) => edge.input !== undefined)) {
    const two = operator as unknown as TwoInputStreamOperator<never, never, unknown>;
    return [new FirstInputOf(two), new SecondInputOf(two)];
  }
  const { step } = operator;
  const only = step === undefined ? new InputOf(operator) : Steps.before(step, out);
  return [only, only];
}
