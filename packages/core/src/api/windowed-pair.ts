import { processing } from '../windowing/internal-window-function.js';
import type { AnyAnswer } from '../windowing/internal-window-function.js';
import type { Evictor } from '../windowing/evictor.js';
import { taggedErrors, TaggedWindowOperator } from '../windowing/tagged-window-operator.js';
import type { TaggedUnion } from '../windowing/tagged-window-operator.js';
import type { Trigger } from '../windowing/trigger.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import { WindowPlan } from '../windowing/window-plan.js';
import type { Window } from '../windowing/window.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import type { KeyByOptions } from './options.js';
import type { WindowOptions } from './window-options.js';

/** Two streams and the key of each. */
export interface KeyedPair<K extends string | number, T1, T2> {
  readonly first: DataStream<T1>;
  readonly second: DataStream<T2>;
  readonly keyOf1: (value: T1) => K;
  readonly keyOf2: (value: T2) => K;
}

/** Two streams in the same windows: what window joins and coGroup have in common. */
export abstract class WindowedPair<K extends string | number, T1, T2, W extends Window> {
  protected readonly pair: KeyedPair<K, T1, T2>;
  protected readonly plan: WindowPlan<K, TaggedUnion<T1, T2>, W>;

  /** @internal */
  constructor(pair: KeyedPair<K, T1, T2>, plan: WindowPlan<K, TaggedUnion<T1, T2>, W>) {
    this.pair = pair;
    this.plan = plan;
  }

  protected abstract copy(plan: WindowPlan<K, TaggedUnion<T1, T2>, W>): this;

  /** As `WindowedStream.trigger`; it sees elements of both streams. */
  trigger(trigger: Trigger<TaggedUnion<T1, T2>, W>): this {
    return this.copy(this.plan.with({ trigger }));
  }

  /** As `WindowedStream.evictor`; it sees elements of both streams. */
  evictor(evictor: Evictor<TaggedUnion<T1, T2>, W>): this {
    return this.copy(this.plan.with({ evictor }));
  }

  /**
   * As `WindowedStream.allowedLateness`: a late element makes the whole window come out again. Later ones are dropped
   * and counted as `numLateRecordsDropped`.
   */
  allowedLateness(lateness: number): this {
    return this.copy(this.plan.with({ allowedLateness: lateness }));
  }

  protected end<OUT>(
    kind: 'join' | 'coGroup',
    fn: AnyAnswer<K, TaggedUnion<T1, T2>, OUT, W>,
    options: WindowOptions<T1 | T2, TaggedUnion<T1, T2>>,
  ): SingleOutputStream<OUT> {
    const { first, second } = this.pair;
    const errors = options.errors === undefined ? undefined : taggedErrors<T1, T2>(options.errors);
    return first.transformTwo(
      kind,
      second,
      options,
      () =>
        new TaggedWindowOperator(
          this.plan.list(
            processing(fn, (elements) => elements),
            { errors, serializer: options.serializer },
          ),
        ),
      { isStateful: true, detail: this.plan.detail },
    );
  }
}

/** The stream as one of that key: the graph is checked for state by a key that a stream is not partitioned by. */
export function keyedBy<T>(stream: DataStream<T>, keyOf: (value: T) => unknown, options: KeyByOptions): DataStream<T> {
  return stream.withKey({ selector: keyOf, preservesPartitioning: options.preservesPartitioning ?? false });
}

/** The windows that both streams share. */
export function planOf<K extends string | number, T1, T2, W extends Window>(
  { keyOf1, keyOf2 }: KeyedPair<K, T1, T2>,
  assigner: WindowAssigner<TaggedUnion<T1, T2>, W>,
): WindowPlan<K, TaggedUnion<T1, T2>, W> {
  const keyOf = (element: TaggedUnion<T1, T2>): K => ('one' in element ? keyOf1(element.one) : keyOf2(element.two));
  return new WindowPlan({ keyOf, assigner });
}

/** The elements of a window by stream, each in the order of arrival. */
export function sides<T1, T2>(
  elements: Iterable<TaggedUnion<T1, T2>>,
): {
  readonly firsts: readonly T1[];
  readonly seconds: readonly T2[];
} {
  const firsts: T1[] = [];
  const seconds: T2[] = [];
  for (const element of elements) {
    if ('one' in element) firsts.push(element.one);
    else seconds.push(element.two);
  }
  return { firsts, seconds };
}
