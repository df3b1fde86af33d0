import { collectionSource } from '../connector/collection-source.js';
import type { Source } from '../connector/source.js';
import { StreamGraph } from '../graph/stream-graph.js';
import type { GraphNode } from '../graph/stream-graph.js';
import { validate } from '../graph/validate.js';
import { DataStream } from './data-stream.js';
import type { WatermarkStrategy } from '../time/watermark-strategy.js';
import type { NodeOptions, SourceOptions } from './options.js';

/**
 * Where a job's graph is built. Building does no I/O; `getStreamGraph` checks the whole and freezes it.
 *
 * @example
 * ```ts
 * import { StreamExecutionEnvironment } from '@millrace/core';
 * import { TestTopics } from '@millrace/core/testing';
 *
 * const topics = new TestTopics();
 * const env = new StreamExecutionEnvironment({ jobName: 'copy' });
 * env.fromSource(topics.source('in'), { uid: 'in' }).sinkTo(topics.sink('out'), { uid: 'out' });
 * env.getStreamGraph().nodes.length; // => 2
 * ```
 */
export class StreamExecutionEnvironment {
  readonly jobName: string;
  readonly #nodes: GraphNode[] = [];

  constructor(options: { readonly jobName: string }) {
    if (options.jobName === '') throw new TypeError('a job needs a name');
    this.jobName = options.jobName;
  }

  /**
   * Begins a stream at a source. One task runs for each of its splits. With `watermarks` each split has a watermark
   * generator of its own, and the task's event time is the minimum over its splits.
   */
  fromSource<T>(source: Source<T>, options: SourceOptions<T>): DataStream<T> {
    const uid = this.addNode({
      kind: 'source',
      defaultName: source.description,
      options,
      inputs: [],
      detail: `${source.kind}: ${source.description}`,
      source,
      ...(options.watermarks === undefined ? {} : { watermarks: options.watermarks as WatermarkStrategy<unknown> }),
    });
    return new DataStream<T>(this, { from: uid });
  }

  /**
   * Begins a bounded stream of given elements, in their order, read by one task. Elements have no timestamp unless
   * `watermarks` assigns them one.
   *
   * @see Flink, "Data Sources", `fromCollection`
   *
   * @example
   * ```ts
   * import { JobRunner, printSink, StreamExecutionEnvironment } from '@millrace/core';
   *
   * const env = new StreamExecutionEnvironment({ jobName: 'letters' });
   * const lines: string[] = [];
   * const stream = { write: (text: string, done: () => void) => void (lines.push(text), done()) };
   * env.fromCollection(['a', 'b'], { uid: 'letters' }).sinkTo(printSink({ stream }));
   * (await new JobRunner(env.getStreamGraph()).run()).state; // => 'FINISHED'
   * lines; // => ['a\n', 'b\n']
   * ```
   */
  fromCollection<T>(elements: readonly T[], options: SourceOptions<T> = {}): DataStream<T> {
    return this.fromSource(collectionSource(elements), {
      name: options.name ?? options.uid ?? 'collection',
      ...options,
    });
  }

  /** As `fromCollection`, of the arguments. */
  fromElements<T>(...elements: readonly T[]): DataStream<T> {
    return this.fromCollection(elements);
  }

  /** The finished graph. @throws GraphValidationError that lists everything that is wrong */
  getStreamGraph(): StreamGraph {
    validate(this.#nodes);
    return this.unvalidatedGraph();
  }

  /** What was built so far, as it is: for tests of parts. @internal */
  unvalidatedGraph(): StreamGraph {
    return new StreamGraph(this.jobName, Object.freeze([...this.#nodes]));
  }

  /** Used by the stream classes; returns the node's uid. @internal */
  addNode(
    node: Omit<GraphNode, 'uid' | 'name' | 'hasExplicitUid' | 'isStateful' | 'tags' | 'hasDeclaredTags'> & {
      readonly defaultName: string;
      readonly options: NodeOptions | undefined;
      readonly isStateful?: boolean;
      readonly tags?: GraphNode['tags'];
      readonly hasDeclaredTags?: boolean;
    },
  ): string {
    const { defaultName, options, isStateful, tags, hasDeclaredTags, ...rest } = node;
    const name = options?.name ?? options?.uid ?? defaultName;
    const uid = options?.uid ?? this.#freeUid(name);
    this.#nodes.push({
      ...rest,
      uid,
      name,
      hasExplicitUid: options?.uid !== undefined,
      isStateful: isStateful ?? false,
      tags: tags ?? [],
      hasDeclaredTags: hasDeclaredTags ?? false,
    });
    return uid;
  }

  /** Operators without a uid get one of their name; their state could not survive a change of the graph. */
  #freeUid(name: string): string {
    const taken = new Set(this.#nodes.map((node) => node.uid));
    let uid = name;
    for (let n = 2; taken.has(uid); n += 1) uid = `${name}-${String(n)}`;
    return uid;
  }
}
