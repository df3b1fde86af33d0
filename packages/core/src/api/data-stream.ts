import { printSink } from '../connector/print-sink.js';
import type { Sink } from '../connector/sink.js';
import type { EdgeKey, GraphEdge, NodeKind, OperatorResources } from '../graph/stream-graph.js';
import { ProcessOperator } from '../operators/process-operator.js';
import type { Collector, ProcessFunction } from '../operators/process-function.js';
import { FilterOperator, ForwardOperator, MapOperator } from '../operators/simple-operators.js';
import { SinkOperator } from '../operators/sink-operator.js';
import { TimestampsAndWatermarksOperator } from '../operators/timestamps-and-watermarks-operator.js';
import type { RepartitionOptions } from '../repartition/repartition.js';
import type { StreamOperator, TwoInputStreamOperator } from '../runtime/operator.js';
import type { WatermarkStrategy } from '../time/watermark-strategy.js';
import { BroadcastConnectedStream } from './broadcast-connected-stream.js';
import { BroadcastStream } from './broadcast-stream.js';
import type { BroadcastDescriptor } from './broadcast-stream.js';
import { ConnectedStreams } from './connected-streams.js';
import type { GlobalWindow } from '../windowing/global-window.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import { WindowPlan } from '../windowing/window-plan.js';
import type { Window } from '../windowing/window.js';
import { AllWindowedStream } from './all-windowed-stream.js';
import { CoGroupedStreams } from './co-grouped-streams.js';
import { CountAllWindowedStream, noKey } from './count-windowed-stream.js';
import type { StreamExecutionEnvironment } from './environment.js';
import { JoinedStreams } from './joined-streams.js';
import { KeyedStream } from './keyed-stream.js';
import type { FunctionOptions, KeyByOptions, NodeOptions, ProcessOptions } from './options.js';
import type { OutputTag } from './output-tag.js';

/**
 * A stream of elements of one type. Every method adds an operator to the graph and returns its output; nothing runs
 * until the graph is given to a runner. Elements of one split keep their order through synchronous operators.
 *
 * @see Flink, "Operators" of the DataStream API
 */
export class DataStream<T> {
  /** @internal */
  readonly env: StreamExecutionEnvironment;
  /** @internal */
  readonly edges: readonly GraphEdge[];

  /** @internal */
  constructor(env: StreamExecutionEnvironment, ...edges: readonly GraphEdge[]) {
    this.env = env;
    this.edges = edges;
  }

  /** Exactly one element out for each in, in order, with its timestamp. */
  map<OUT>(fn: (value: T) => OUT, options?: FunctionOptions<T>): SingleOutputStream<OUT> {
    return this.transform('map', options, () => new MapOperator(fn, options?.errors));
  }

  /** Keeps the elements for which `predicate` is true. */
  filter(predicate: (value: T) => boolean, options?: FunctionOptions<T>): SingleOutputStream<T> {
    return this.transform('filter', options, () => new FilterOperator(predicate, options?.errors));
  }

  /** Any number of elements out for each in, in the order they are collected. */
  flatMap<OUT>(fn: (value: T, out: Collector<OUT>) => void, options?: FunctionOptions<T>): SingleOutputStream<OUT> {
    const functionOf = (): ProcessFunction<T, OUT> => ({
      processElement: (value, _context, out) => {
        fn(value, out);
      },
    });
    return this.transform('flatMap', options, () => new ProcessOperator(functionOf(), options?.errors));
  }

  /**
   * A function of each element with a context: timestamp, side outputs, life cycle. Give a factory where the function
   * keeps anything between calls: each task makes its own.
   */
  process<OUT>(
    fn: ProcessFunction<T, OUT> | (() => ProcessFunction<T, OUT>),
    options?: ProcessOptions<T>,
  ): SingleOutputStream<OUT> {
    return this.transform(
      'process',
      options,
      () => new ProcessOperator(typeof fn === 'function' ? fn() : fn, options?.errors),
    );
  }

  /** All elements of this stream and of the others; no order between them. */
  union(...others: readonly DataStream<T>[]): DataStream<T> {
    return new DataStream<T>(this.env, ...this.edges, ...others.flatMap((other) => other.edges));
  }

  /**
   * Groups elements by key within a task. The function must give the same key for the same element at any time. Right
   * where the source is already partitioned by this key or by something that determines it; the first `keyBy` behind a
   * source is taken for that. An operator with state behind a second one with another selector (another function) is an
   * error of the graph, unless the stream is repartitioned in between or `preservesPartitioning` says that it need not be.
   */
  keyBy<K extends string | number>(keyOf: (value: T) => K, options: KeyByOptions = {}): KeyedStream<K, T> {
    return new KeyedStream(this, keyOf, options.name, options.preservesPartitioning);
  }

  /** Two streams of different types that one function reads. */
  connect<T2>(other: DataStream<T2>): ConnectedStreams<T, T2>;
  /** This stream with one whose elements set state that those of this stream read. */
  connect<B>(broadcast: BroadcastStream<B>): BroadcastConnectedStream<T, B>;
  connect<T2>(other: DataStream<T2> | BroadcastStream<T2>): ConnectedStreams<T, T2> | BroadcastConnectedStream<T, T2> {
    return other instanceof BroadcastStream
      ? new BroadcastConnectedStream(this, other)
      : new ConnectedStreams(this, other);
  }

  /**
   * Makes this a stream whose elements set state that the elements of another stream read: give the result to `connect`
   * of the other one. Each task has a copy of the state.
   *
   * @param descriptors name the states; they belong to no key
   * @see Flink, "The Broadcast State Pattern"
   */
  broadcast(...descriptors: readonly [BroadcastDescriptor, ...BroadcastDescriptor[]]): BroadcastStream<T> {
    return new BroadcastStream(this, descriptors);
  }

  /**
   * Pairs of elements of this stream and another that have the same key and are in the same window:
   * `first.join(second).where(...).equalTo(...).window(...).apply(...)`.
   *
   * @see Flink, "Joining", "Window Join"
   */
  join<T2>(other: DataStream<T2>): JoinedStreams<T, T2> {
    return new JoinedStreams(this, other);
  }

  /** As `join`, for a function of all elements of a key and window: also of those that meet none of the other stream. */
  coGroup<T2>(other: DataStream<T2>): CoGroupedStreams<T, T2> {
    return new CoGroupedStreams(this, other);
  }

  /**
   * Windows of all elements, without keys. In Flink one copy sees all; here each task puts its own elements into windows,
   * so that there is one result for each task: for one of everything, let the stream come from one partition.
   *
   * @see Flink, "Windows", "Keyed vs Non-Keyed Windows"
   */
  windowAll<W extends Window>(assigner: WindowAssigner<T, W>): AllWindowedStream<T, W> {
    return new AllWindowedStream(this, new WindowPlan({ keyOf: noKey, assigner }));
  }

  /** Windows of `size` elements of a task; otherwise as `KeyedStream.countWindow`. */
  countWindowAll(size: number): CountAllWindowedStream<T>;
  /** The last `size` elements of a task, each time `slide` more have come. */
  countWindowAll(size: number, slide: number): AllWindowedStream<T, GlobalWindow>;
  countWindowAll(size: number, slide?: number): AllWindowedStream<T, GlobalWindow> {
    return slide === undefined
      ? new CountAllWindowedStream(this, size)
      : CountAllWindowedStream.sliding(this, size, slide);
  }

  /**
   * Sends every element to the task of its key, through a topic: `keyBy(keyOf).repartition(options)`. See
   * `KeyedStream.repartition`.
   */
  repartition<K extends string | number>(keyOf: (value: T) => K, options: RepartitionOptions<T>): KeyedStream<K, T> {
    return this.keyBy(keyOf).repartition(options);
  }

  /** The stream with its key on the edges, for the check of the graph. @internal */
  withKey(key: EdgeKey): DataStream<T> {
    return new DataStream<T>(this.env, ...this.edges.map((edge) => ({ ...edge, key })));
  }

  /** Ends the stream in a sink. */
  sinkTo(sink: Sink<T>, options?: NodeOptions): void {
    const uid = this.env.addNode({
      kind: 'sink',
      defaultName: sink.description,
      options,
      inputs: this.edges,
      detail: `${sink.kind}: ${sink.description}`,
      sink: sink,
      createOperator: (resources) => new SinkOperator(resources.writerOf(uid)),
    });
  }

  /** Ends the stream on standard output, one line an element: a string as it is, all else as JSON. */
  print(label?: string): void {
    this.sinkTo(printSink<T>(label === undefined ? {} : { label }), { name: label ?? 'print' });
  }

  /** Adds an operator; the other methods and `AsyncDataStream` are made of it. @internal */
  transform<OUT>(
    kind: NodeKind,
    options: ProcessOptions<T> | undefined,
    create: (resources: OperatorResources) => StreamOperator<T, OUT>,
    extra?: { readonly detail?: string; readonly isStateful?: boolean },
  ): SingleOutputStream<OUT> {
    return this.#add(kind, options, this.edges, create, extra);
  }

  #add<OUT>(
    kind: NodeKind,
    options: ProcessOptions<never> | undefined,
    inputs: readonly GraphEdge[],
    createOperator: (resources: OperatorResources) => StreamOperator<never, unknown>,
    extra: { readonly detail?: string; readonly isStateful?: boolean } | undefined,
  ): SingleOutputStream<OUT> {
    const action = options?.errors?.onEventError;
    const deadLetterTags = typeof action === 'object' ? [action.tag] : [];
    const declared = options?.sideOutputs ?? [];
    const uid = this.env.addNode({
      kind,
      defaultName: kind,
      options,
      inputs,
      tags: [...declared, ...deadLetterTags.filter((tag) => !declared.some((each) => each.id === tag.id))],
      hasDeclaredTags: options?.sideOutputs !== undefined,
      createOperator,
      ...extra,
    });
    return new SingleOutputStream<OUT>(this.env, { from: uid });
  }

  /** Adds an operator of two streams; `connect`, joins and broadcast state are made of it. @internal */
  transformTwo<T2, OUT>(
    kind: NodeKind,
    second: DataStream<T2>,
    options: ProcessOptions<T | T2> | undefined,
    create: (resources: OperatorResources) => TwoInputStreamOperator<T, T2, OUT>,
    extra?: { readonly detail?: string; readonly isStateful?: boolean },
  ): SingleOutputStream<OUT> {
    if (second.env !== this.env) throw new TypeError('both streams must be of the same environment');
    return this.#add<OUT>(
      kind,
      options,
      [
        ...this.edges.map((edge) => ({ ...edge, input: 0 as const })),
        ...second.edges.map((edge) => ({ ...edge, input: 1 as const })),
      ],
      create,
      extra,
    );
  }

  /** Puts an operator that changes nothing in the way, to give the place a name. */
  forward(options?: NodeOptions): SingleOutputStream<T> {
    return this.transform('forward', options, () => new ForwardOperator<T>());
  }

  /**
   * Event time from here on: timestamps from the strategy's assigner, watermarks from its generator, those from upstream
   * replaced. One generator for each task; where the source knows event time, give the strategy to `fromSource`, which
   * keeps one for each split. Alignment has no effect here.
   *
   * @see Flink, "Generating Watermarks", "Using Watermark Strategies"
   */
  assignTimestampsAndWatermarks(strategy: WatermarkStrategy<T>, options?: NodeOptions): SingleOutputStream<T> {
    return this.transform(
      'timestampsAndWatermarks',
      options,
      () => new TimestampsAndWatermarksOperator<T>(strategy as WatermarkStrategy<unknown>),
    );
  }
}

/** The output of one operator, from which its side outputs can be read too. */
export class SingleOutputStream<T> extends DataStream<T> {
  /** What the operator emitted to `tag`. */
  getSideOutput<X>(tag: OutputTag<X>): DataStream<X> {
    const from = this.edges[0]?.from;
    if (from === undefined) throw new Error('a stream without an operator has no side output');
    return new DataStream<X>(this.env, { from, tag });
  }
}
