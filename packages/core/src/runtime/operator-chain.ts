import { merge, Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { OutputTag } from '../api/output-tag.js';
import type { GraphNode, StreamGraph } from '../graph/stream-graph.js';
import type { RuntimeContext } from '../operators/async-function.js';
import { Deque } from './deque.js';
import { stage } from './operator.js';
import type { OperatorHost, StreamOperator } from './operator.js';
import type { StreamRecord } from './stream-record.js';
import type { TaskServices } from './task.js';

type Records = Observable<StreamRecord<unknown>>;

/**
 * The operators of one task, wired as RxJS operators on stream elements. An output that one operator reads is piped
 * into it (a call, about 10 ns an element); only one that several read goes through a Subject. Side outputs go through
 * one queue, so that no element enters an operator from inside a call of it.
 */
export class OperatorChain {
  readonly #entry = new Subject<StreamRecord<unknown>>();
  readonly #operators: { readonly node: GraphNode; readonly operator: StreamOperator<unknown, unknown> }[] = [];
  /** Operator uid -> tag id -> who reads that side output. */
  readonly #sides = new Map<string, Map<string, Subject<StreamRecord<unknown>>>>();
  readonly #queue = new Deque<{ to: Subject<StreamRecord<unknown>>; record: StreamRecord<unknown> }>();
  #isInCall = false;

  constructor(
    graph: StreamGraph,
    sourceUid: string,
    split: string,
    services: TaskServices,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ) {
    const nodes = reachableFrom(graph, sourceUid);
    const outputs = new Map<string, Records>([[sourceUid, this.#entry]]);
    const readersOf = (uid: string): number =>
      nodes.reduce((sum, node) => sum + node.inputs.filter((e) => e.from === uid && e.tag === undefined).length, 0);
    for (const node of nodes) {
      if (node.createOperator === undefined) continue;
      const operator = node.createOperator(services.resources) as unknown as StreamOperator<unknown, unknown>;
      this.#operators.push({ node, operator });
      operator.setup(this.#hostOf(node, split, services, signal, fail));
      const inputs: Records[] = [];
      for (const edge of node.inputs) {
        const input = edge.tag === undefined ? outputs.get(edge.from) : this.#sideOf(edge.from, edge.tag);
        if (input !== undefined) inputs.push(input);
      }
      const [first, ...others] = inputs;
      if (first === undefined) continue;
      const output = (others.length === 0 ? first : merge(first, ...others)).pipe(stage(operator));
      if (readersOf(node.uid) === 1) {
        outputs.set(node.uid, output);
      } else {
        const shared = new Subject<StreamRecord<unknown>>();
        output.subscribe(shared);
        outputs.set(node.uid, shared);
      }
    }
  }

  next(record: StreamRecord<unknown>): void {
    this.#isInCall = true;
    this.#entry.next(record);
    this.#isInCall = false;
    if (this.#queue.length > 0) this.#deliverSides();
  }

  async open(restored: ReadonlyMap<string, unknown> | undefined): Promise<void> {
    // Consumers first, so that what an operator emits while it opens finds its readers ready.
    for (const { node, operator } of [...this.#operators].reverse()) {
      if (restored?.has(node.uid)) operator.restoreState(restored.get(node.uid));
      await operator.open();
    }
  }

  snapshot(): ReadonlyMap<string, unknown> {
    const state = new Map<string, unknown>();
    for (const { node, operator } of this.#operators) {
      if (node.isStateful) state.set(node.uid, operator.snapshotState());
    }
    return state;
  }

  async quiesced(): Promise<void> {
    await Promise.all(this.#operators.map(({ operator }) => operator.quiesced()));
  }

  async close(): Promise<void> {
    this.#entry.complete();
    for (const { operator } of this.#operators) await operator.close();
  }

  #hostOf(
    node: GraphNode,
    split: string,
    services: TaskServices,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ): OperatorHost {
    const context: RuntimeContext = {
      jobName: services.jobName,
      operator: node.uid,
      split,
      clock: services.clock,
      logger: services.logger.child({ operator: node.uid, split }),
      metrics: services.metrics.group({ operator: node.uid }),
      signal,
    };
    return {
      context,
      fail,
      emitSide: (tag, record) => {
        const to = this.#sides.get(node.uid)?.get(tag.id);
        if (to === undefined) return; // nobody reads it, as in Flink
        record.scope.retain();
        this.#queue.push({ to, record });
        if (!this.#isInCall) this.#deliverSides();
      },
      sharedPermits: (capacity) => services.sharedPermits(node.uid, capacity),
      waiting: (error) => services.waiting(node.uid, error),
    };
  }

  #deliverSides(): void {
    this.#isInCall = true;
    for (let item = this.#queue.shift(); item !== undefined; item = this.#queue.shift()) {
      item.to.next(item.record);
      item.record.scope.release();
    }
    this.#isInCall = false;
  }

  #sideOf(uid: string, tag: OutputTag<unknown>): Subject<StreamRecord<unknown>> {
    const ofOperator = this.#sides.get(uid) ?? new Map<string, Subject<StreamRecord<unknown>>>();
    this.#sides.set(uid, ofOperator);
    const subject = ofOperator.get(tag.id) ?? new Subject<StreamRecord<unknown>>();
    ofOperator.set(tag.id, subject);
    return subject;
  }
}

/** The nodes that records of one source pass, in the graph's order. */
function reachableFrom(graph: StreamGraph, sourceUid: string): GraphNode[] {
  const reached = new Set([sourceUid]);
  return graph.nodes.filter((node) => {
    if (node.uid === sourceUid) return true;
    if (!node.inputs.some((edge) => reached.has(edge.from))) return false;
    reached.add(node.uid);
    return true;
  });
}
