import { merge, Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { OutputTag } from '../api/output-tag.js';
import { UnclaimedStateError } from '../errors.js';
import type { GraphNode, StreamGraph } from '../graph/stream-graph.js';
import type { RuntimeContext } from '../operators/async-function.js';
import { Mailbox } from './mailbox.js';
import { stage } from './operator.js';
import type { OperatorHost, StreamOperator } from './operator.js';
import type { StreamRecord } from './stream-record.js';
import type { TaskServices } from './task.js';

type Records = Observable<StreamRecord<unknown>>;
type RecordSubject = Subject<StreamRecord<unknown>>;

/**
 * The operators of one task, wired as RxJS operators on stream elements. An output that one operator reads is piped
 * into it (a call, about 10 ns an element); only one that several read goes through a Subject. Side outputs and what
 * comes from outside go through one mailbox, so that no element enters an operator from inside a call of it.
 */
export class OperatorChain {
  readonly #entry: RecordSubject = new Subject();
  readonly #operators: { readonly node: GraphNode; readonly operator: StreamOperator<unknown, unknown> }[] = [];
  /** Operator uid -> tag id -> who reads that side output. */
  readonly #sides = new Map<string, Map<string, RecordSubject>>();
  readonly #mailbox: Mailbox;
  readonly #split: string;
  readonly #allowNonRestoredState: boolean;

  constructor(
    graph: StreamGraph,
    sourceUid: string,
    split: string,
    services: TaskServices,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ) {
    this.#mailbox = new Mailbox(fail);
    this.#split = split;
    this.#allowNonRestoredState = services.allowNonRestoredState;
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
        const shared: RecordSubject = new Subject();
        output.subscribe(shared);
        outputs.set(node.uid, shared);
      }
    }
  }

  /** Passes one record through all synchronous operators, and what it caused there. */
  next(record: StreamRecord<unknown>): void {
    if (this.#mailbox.begin()) {
      this.#entry.next(record);
      this.#mailbox.end();
      return;
    }
    // A source that hands over from inside an acknowledgement: the record waits for its turn.
    record.scope.retain();
    this.#mailbox.run(() => {
      this.#entry.next(record);
      record.scope.release();
    });
  }

  /** @throws UnclaimedStateError where there is state of operators that the graph does not have; what operators throw */
  async open(restored: ReadonlyMap<string, unknown> | undefined): Promise<void> {
    const known = new Set(this.#operators.filter(({ node }) => node.isStateful).map(({ node }) => node.uid));
    const unclaimed = [...(restored?.keys() ?? [])].filter((uid) => !known.has(uid));
    if (unclaimed.length > 0 && !this.#allowNonRestoredState) throw new UnclaimedStateError(this.#split, unclaimed);
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

  /** From now on nothing enters an operator: answers, timers and groups that come late are dropped. */
  shut(): void {
    this.#mailbox.close();
  }

  /** Resolves when no call of a user function is running any more. */
  async quiesce(): Promise<void> {
    await Promise.all(this.#operators.map(({ operator }) => operator.quiesce()));
  }

  /** Closes every operator, whatever the others throw. @throws the first error */
  async close(): Promise<void> {
    this.#entry.complete();
    const errors: unknown[] = [];
    for (const { operator } of this.#operators) {
      try {
        await operator.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
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
      enter: (call) => {
        this.#mailbox.run(call);
      },
      emitSide: (tag, record) => {
        const to = this.#sides.get(node.uid)?.get(tag.id);
        if (to === undefined) return; // nobody reads it, as in Flink
        record.scope.retain();
        this.#mailbox.run(() => {
          to.next(record);
          record.scope.release();
        });
      },
      sharedPermits: (capacity) => services.sharedPermits(node.uid, capacity),
      waiting: (error, since) => services.waiting(node.uid, error, since),
    };
  }

  #sideOf(uid: string, tag: OutputTag<unknown>): RecordSubject {
    const ofOperator = this.#sides.get(uid) ?? new Map<string, RecordSubject>();
    this.#sides.set(uid, ofOperator);
    const subject: RecordSubject = ofOperator.get(tag.id) ?? new Subject();
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
