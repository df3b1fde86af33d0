import { MillraceError } from '../errors.js';
import type { GraphNode, StreamGraph } from '../graph/stream-graph.js';
import type { RuntimeContext } from '../operators/async-function.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import { Mailbox } from './mailbox.js';
import type { OperatorHost, StreamOperator } from './operator.js';
import type { Output } from './output.js';
import type { Scope } from './scope.js';
import type { StreamRecord } from './stream-record.js';
import type { TaskServices } from './task-services.js';
import { WatermarkNetwork } from './watermark-network.js';
import { wire } from './wiring.js';
import type { Placed, Wiring } from './wiring.js';

/** Where records of one source enter the operators of a task. */
export type ChainEntry = Output<unknown>;

/** What a task is to its chain. */
export interface ChainTask {
  /** Name of the task: its split, or what its splits have in common. */
  readonly name: string;
  readonly signal: AbortSignal;
  fail(error: unknown): void;
  createScope(): Scope;
  enterWhenRunning(call: () => void): void;
  /** Says that state may have changed. */
  touched(): void;
  /** Keyed state of one operator of the task. */
  stateOf(uid: string): KeyedStateBackend;
}

/**
 * The operators of one task, piped together as RxJS operators on stream elements. An element goes from one to the next by
 * one call; maps and filters that follow each other are one loop. Side outputs and what comes from outside go through one
 * mailbox, so that no element enters an operator from inside a call of it. Watermarks go beside the elements, from
 * operator to operator, so that a job without them does not pay for them.
 */
export class OperatorChain {
  readonly #operators: Placed[] = [];
  readonly #wiring: Wiring;
  /** Those that are told of the end of a chunk. */
  readonly #chunkwise: StreamOperator<unknown, unknown>[] = [];
  readonly #mailbox: Mailbox;
  readonly #task: ChainTask;
  readonly #watermarks: WatermarkNetwork;

  constructor(graph: StreamGraph, sourceUids: readonly string[], services: TaskServices, task: ChainTask) {
    this.#task = task;
    this.#mailbox = new Mailbox(task.fail.bind(task));
    const nodes = reachableFrom(graph, sourceUids);
    this.#watermarks = new WatermarkNetwork(this.#mailbox);
    for (const node of nodes) {
      const operator = node.createOperator?.(services.resources);
      this.#watermarks.add(node, operator);
      if (operator === undefined) continue;
      this.#operators.push({ node, operator });
      if (operator.afterChunk !== undefined) this.#chunkwise.push(operator);
      operator.setup(this.#hostOf(node, services));
    }
    this.#wiring = wire(this.#operators, sourceUids);
  }

  /** Where records of that source come in. */
  entryOf(sourceUid: string): ChainEntry {
    const entry = this.#wiring.entries.get(sourceUid);
    if (entry === undefined) throw new Error(`${sourceUid} is no source of this task`);
    return entry;
  }

  /** Passes one record through all synchronous operators, and what it caused there. */
  next(entry: ChainEntry, record: StreamRecord<unknown>): void {
    if (this.#mailbox.begin()) {
      entry.next(record);
      this.#mailbox.end();
      return;
    }
    // A source that hands over from inside an acknowledgement: the record waits for its turn.
    record.scope.retain();
    this.#mailbox.run(() => {
      entry.next(record);
      record.scope.release();
    });
  }

  /** The watermark of a source's output has advanced. */
  advanceWatermark(sourceUid: string, timestamp: number): void {
    this.#mailbox.run(() => {
      this.#watermarks.emit(sourceUid, timestamp);
    });
  }

  /** A source's output has become idle, or active again. */
  setIdle(sourceUid: string, isIdle: boolean): void {
    this.#mailbox.run(() => {
      this.#watermarks.emitIdle(sourceUid, isIdle);
    });
  }

  /** Whether any operator wants to know of the end of a chunk. */
  get isChunkwise(): boolean {
    return this.#chunkwise.length > 0;
  }

  /** A chunk of records is through. Called from inside a call of the task. */
  readonly afterChunk = (): void => {
    for (const operator of this.#chunkwise) operator.afterChunk?.();
  };

  /** The input has ended, MAX_WATERMARK is through: operators give out what they still keep. */
  finish(): void {
    this.#mailbox.run(() => {
      for (const { operator } of this.#operators) operator.finish();
    });
  }

  /** A call from outside into the task, after the one that is running. */
  enter(call: () => void): void {
    this.#mailbox.run(call);
  }

  /** @throws what operators throw */
  async open(): Promise<void> {
    // Consumers first, so that what an operator emits while it opens finds its readers ready.
    for (const { operator } of [...this.#operators].reverse()) await operator.open();
  }

  /** Timers that wait, over all operators. */
  get numTimers(): { readonly eventTime: number; readonly processingTime: number } {
    const sum = (count: (operator: StreamOperator<unknown, unknown>) => number): number =>
      this.#operators.reduce((total, { operator }) => total + count(operator), 0);
    return {
      eventTime: sum((operator) => operator.numEventTimeTimers),
      processingTime: sum((operator) => operator.numProcessingTimeTimers),
    };
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

  #hostOf(node: GraphNode, services: TaskServices): OperatorHost {
    const { name, signal } = this.#task;
    const context: RuntimeContext = {
      jobName: services.jobName,
      operator: node.uid,
      split: name,
      clock: services.clock,
      logger: services.logger.child({ operator: node.uid, split: name }),
      metrics: services.metrics.group({ operator: node.uid }),
      signal,
    };
    const task = this.#task;
    let state: KeyedStateBackend | undefined;
    return {
      context,
      get state() {
        if (!node.isStateful)
          throw new MillraceError('ERR_STATE_STATELESS', `${node.name} is an operator without state`);
        return (state ??= task.stateOf(node.uid));
      },
      autoWatermarkIntervalMs: services.autoWatermarkIntervalMs,
      fail: task.fail.bind(task),
      enter: <T>(call: (subject: T) => void, subject?: T) => {
        this.#mailbox.run(call, subject as T);
      },
      emitSide: (tag, record) => {
        const to = this.#wiring.sides.get(node.uid)?.get(tag.id);
        if (to === undefined) {
          services.unreadSideOutput?.(tag, record);
          return; // dropped, as in Flink
        }
        record.scope.retain();
        this.#mailbox.run(() => {
          to.next(record);
          record.scope.release();
        });
      },
      sharedPermits: (capacity, adaptive) => services.sharedPermits(node.uid, capacity, adaptive),
      waiting: (error, since) => services.waiting(node.uid, error, since),
      emitWatermark: (timestamp) => {
        this.#watermarks.emit(node.uid, timestamp);
      },
      emitIdle: (isIdle) => {
        this.#watermarks.emitIdle(node.uid, isIdle);
      },
      createScope: () => task.createScope(),
      enterWhenRunning: (call) => {
        task.enterWhenRunning(() => {
          task.touched();
          call();
        });
      },
    };
  }
}

/** The nodes that records of these sources pass, in the graph's order. */
export function reachableFrom(graph: StreamGraph, sourceUids: readonly string[]): GraphNode[] {
  const reached = new Set(sourceUids);
  return graph.nodes.filter((node) => {
    if (reached.has(node.uid)) return true;
    if (!node.inputs.some((edge) => reached.has(edge.from))) return false;
    reached.add(node.uid);
    return true;
  });
}
