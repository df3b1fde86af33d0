import type { GraphEdge, GraphNode } from '../graph/stream-graph.js';
import type { Mailbox } from './mailbox.js';
import type { StreamOperator } from './operator.js';
import { WatermarkValve } from './watermark-valve.js';
import type { ValveOutput } from './watermark-valve.js';

interface Member {
  readonly operator: StreamOperator<unknown, unknown> | undefined;
  readonly valve: WatermarkValve<GraphEdge>;
  readonly readers: { readonly edge: GraphEdge; readonly member: Member }[];
  /** What went out last: an operator may pass on late what it held back. */
  emitted: number;
}

/**
 * How watermarks go through the operators of a task: an operator is through with one before its readers see it, and
 * takes the minimum over its inputs.
 *
 * @see Flink, "Event Time and Watermarks", "How Operators Process Watermarks"
 */
export class WatermarkNetwork {
  readonly #members = new Map<string, Member>();
  readonly #mailbox: Mailbox;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** Adds a node behind those that it reads from; inputs that are not in the task do not count. */
  add(node: GraphNode, operator: StreamOperator<unknown, unknown> | undefined): void {
    const member: Member = { operator, valve: new WatermarkValve(), readers: [], emitted: -Infinity };
    this.#members.set(node.uid, member);
    for (const edge of node.inputs) {
      const from = this.#members.get(edge.from);
      if (from === undefined) continue;
      member.valve.add(edge);
      from.readers.push({ edge, member });
    }
  }

  /** The output of a node has reached `timestamp`. */
  emit(uid: string, timestamp: number): void {
    const member = this.#members.get(uid);
    if (member === undefined || timestamp <= member.emitted) return;
    member.emitted = timestamp;
    this.#tell(member, (reader, edge) => reader.valve.advance(edge, timestamp));
  }

  emitIdle(uid: string, isIdle: boolean): void {
    const member = this.#members.get(uid);
    if (member === undefined) return;
    this.#tell(member, (reader, edge) => reader.valve.setIdle(edge, isIdle));
  }

  #tell(member: Member, change: (reader: Member, edge: GraphEdge) => ValveOutput): void {
    for (const { edge, member: reader } of member.readers) {
      const pass = (): void => {
        const { watermark, isIdle } = change(reader, edge);
        if (isIdle === false) reader.operator?.processIdle(false);
        if (watermark !== undefined) reader.operator?.processWatermark(watermark);
        if (isIdle === true) reader.operator?.processIdle(true);
      };
      // Side outputs wait in the mailbox; their watermark stays behind them.
      if (edge.tag === undefined) pass();
      else this.#mailbox.run(pass);
    }
  }
}
