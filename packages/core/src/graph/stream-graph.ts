import type { OutputTag } from '../api/output-tag.js';
import type { Sink, SinkWriter } from '../connector/sink.js';
import type { Source } from '../connector/source.js';
import type { StreamOperator } from '../runtime/operator.js';
import type { WatermarkStrategy } from '../time/watermark-strategy.js';
import { describeJson, describeMermaid, describeText } from './describe.js';

/** What a node does, in Flink's words where it has them. */
export type NodeKind =
  | 'source'
  | 'map'
  | 'filter'
  | 'flatMap'
  | 'process'
  | 'keyBy'
  | 'admit'
  | 'orderedWait'
  | 'unorderedWait'
  | 'keyedWait'
  | 'union'
  | 'keyedProcess'
  | 'reduce'
  | 'sum'
  | 'min'
  | 'max'
  | 'minBy'
  | 'maxBy'
  | 'coMap'
  | 'coFlatMap'
  | 'coProcess'
  | 'keyedCoProcess'
  | 'broadcastProcess'
  | 'keyedBroadcastProcess'
  | 'intervalJoin'
  | 'window'
  | 'windowAll'
  | 'join'
  | 'coGroup'
  | 'repartition'
  | 'timestampsAndWatermarks'
  | 'forward'
  | 'sink';

/** By what the elements of an edge are keyed. */
export interface EdgeKey {
  /** The key selector; two are the same where they are the same function. */
  readonly selector: unknown;
  /** Whether the key was said to stay within what the stream is partitioned by. */
  readonly preservesPartitioning: boolean;
}

/** Where a node's elements come from: another node's main output, or one of its side outputs. */
export interface GraphEdge {
  readonly from: string;
  readonly tag?: OutputTag<unknown>;
  /** Which input of an operator of two streams it feeds. @default 0, the only one */
  readonly input?: 0 | 1;
  /** Undefined where the node does not look at keys. */
  readonly key?: EdgeKey;
}

/** One operator of the graph. */
export interface GraphNode {
  /** Stable id: state, metrics and errors are named by it. */
  readonly uid: string;
  /** Short, for people. */
  readonly name: string;
  readonly kind: NodeKind;
  readonly inputs: readonly GraphEdge[];
  /** True where the uid was given by the user, not made from the name. */
  readonly hasExplicitUid: boolean;
  readonly isStateful: boolean;
  /** Tags that the operator says it emits to. */
  readonly tags: readonly OutputTag<unknown>[];
  /** Whether `tags` is all of them (the operator was built with `sideOutputs`); otherwise more may be read. */
  readonly hasDeclaredTags: boolean;
  /** One line about what it reads, writes or bounds. */
  readonly detail?: string;
  readonly source?: Source<unknown>;
  /** How the source's splits know event time; undefined where they have no watermarks. */
  readonly watermarks?: WatermarkStrategy<unknown>;
  readonly sink?: Sink<unknown>;
  /** Makes one copy for one task; sources have none. */
  readonly createOperator?: (resources: OperatorResources) => StreamOperator<never, unknown>;
}

/** What copies of operators need that exists once for an attempt of the job. */
export interface OperatorResources {
  writerOf(uid: string): SinkWriter<unknown>;
}

/** The immutable graph of a job: data, to be described, checked and run. */
export class StreamGraph {
  readonly jobName: string;
  /** In the order they were built, inputs before their consumers. */
  readonly nodes: readonly GraphNode[];

  constructor(jobName: string, nodes: readonly GraphNode[]) {
    this.jobName = jobName;
    this.nodes = nodes;
  }

  /** Whether checkpoints go to the state backend: there is state, or a source that cannot keep its positions itself. */
  get isStateful(): boolean {
    return this.nodes.some((node) => node.isStateful || node.source?.keepsPositions === false);
  }

  /** The graph as text for a terminal, as JSON text for tools, or as a Mermaid flow chart. */
  describe(format: 'text' | 'json' | 'mermaid' = 'text'): string {
    if (format === 'json') return describeJson(this);
    return format === 'mermaid' ? describeMermaid(this) : describeText(this);
  }
}
