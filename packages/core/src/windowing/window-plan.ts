import type { OutputTag } from '../api/output-tag.js';
import type { ErrorPolicy } from '../operators/error-policy.js';
import type { StreamOperator } from '../runtime/operator.js';
import { Serializers } from '../state/serializer.js';
import type { Serializer } from '../state/serializer.js';
import { withSerializer } from '../state/with-serializer.js';
import { ListStateDescriptor, ValueStateDescriptor } from '../state/state-descriptor.js';
import { EvictingWindowOperator } from './evicting-window-operator.js';
import type { Evictor } from './evictor.js';
import type { InternalWindowFunction } from './internal-window-function.js';
import { timestampedSerializer } from './timestamped-serializer.js';
import type { Trigger } from './trigger.js';
import { MergingWindowAssigner } from './window-assigner.js';
import type { WindowAssigner } from './window-assigner.js';
import { IncrementalContents, ListContents, timestamped } from './window-contents.js';
import type { Incremental } from './window-contents.js';
import { WindowOperator } from './window-operator.js';
import type { Window } from './window.js';

const CONTENTS = 'window-contents';

/** What is said of windows before the function that ends the sentence. */
export interface WindowPlanOptions<K extends string | number, T, W extends Window> {
  readonly keyOf: (value: T) => K;
  readonly assigner: WindowAssigner<T, W>;
  readonly trigger?: Trigger<T, W>;
  readonly evictor?: Evictor<T, W>;
  /** Milliseconds. */
  readonly allowedLateness?: number;
  readonly lateTag?: OutputTag<T>;
}

/** What comes with the function. */
export interface WindowEnd<T, S> {
  readonly errors?: ErrorPolicy<T> | undefined;
  readonly serializer?: Serializer<S> | undefined;
}

/** Windows as they were asked for, checked at once; makes the operator. */
export class WindowPlan<K extends string | number, T, W extends Window> {
  readonly #options: WindowPlanOptions<K, T, W>;

  /** @throws TypeError, RangeError where the parts do not go together */
  constructor(options: WindowPlanOptions<K, T, W>) {
    this.#options = options;
    const { assigner, trigger, allowedLateness = 0 } = options;
    if (assigner instanceof MergingWindowAssigner && trigger?.canMerge() === false) {
      throw new TypeError(`${assigner.toString()} merges windows, which ${trigger.toString()} does not support`);
    }
    if (!Number.isSafeInteger(allowedLateness) || allowedLateness < 0) {
      throw new RangeError(
        `the allowed lateness is a whole number of milliseconds of at least 0, not ${String(allowedLateness)}`,
      );
    }
  }

  /** The plan with one thing said anew. */
  with(change: Partial<WindowPlanOptions<K, T, W>>): WindowPlan<K, T, W> {
    return new WindowPlan({ ...this.#options, ...change });
  }

  get lateTag(): OutputTag<T> | undefined {
    return this.#options.lateTag;
  }

  get hasEvictor(): boolean {
    return this.#options.evictor !== undefined;
  }

  get isMerging(): boolean {
    return this.#options.assigner instanceof MergingWindowAssigner;
  }

  /** One line for `describe`. */
  get detail(): string {
    const { assigner, trigger, evictor, allowedLateness = 0 } = this.#options;
    const parts = [assigner.toString()];
    if (trigger !== undefined) parts.push(trigger.toString());
    if (evictor !== undefined) parts.push(evictor.toString());
    if (allowedLateness > 0) parts.push(`lateness ${String(allowedLateness)} ms`);
    return parts.join(', ');
  }

  /** An operator that keeps one accumulator for each window. */
  incremental<ACC, OUT>(
    incremental: Incremental<T, ACC>,
    fn: InternalWindowFunction<K, ACC, OUT, W>,
    { errors, serializer }: WindowEnd<T, ACC>,
  ): StreamOperator<T, OUT> {
    return new WindowOperator({
      ...this.#common(errors),
      fn,
      contents: (state) =>
        new IncrementalContents(
          state.getState(new ValueStateDescriptor<ACC>(CONTENTS, withSerializer(serializer)), { namespaced: true }),
          incremental,
        ),
    });
  }

  /** An operator that keeps every element of a window; through the evictor, where there is one. */
  list<OUT>(
    fn: InternalWindowFunction<K, readonly T[], OUT, W>,
    { errors, serializer }: WindowEnd<T, T>,
  ): StreamOperator<T, OUT> {
    const { evictor } = this.#options;
    if (evictor === undefined) {
      return new WindowOperator({
        ...this.#common(errors),
        fn,
        contents: (state) =>
          new ListContents(
            state.getListState(new ListStateDescriptor<T>(CONTENTS, withSerializer(serializer)), { namespaced: true }),
            (value: T) => value,
          ),
      });
    }
    const stamped = timestampedSerializer(serializer ?? Serializers.structuredClone<T>());
    return new EvictingWindowOperator({
      ...this.#common(errors),
      evictor,
      fn: {
        ...fn,
        process: (key, context, elements, out) =>
          fn.process(
            key,
            context,
            elements.map(({ value }) => value),
            out,
          ),
      },
      contents: (state) =>
        new ListContents(
          state.getListState(new ListStateDescriptor(CONTENTS, { serializer: stamped }), { namespaced: true }),
          timestamped<T>,
        ),
    });
  }

  #common(errors: ErrorPolicy<T> | undefined): {
    keyOf: (value: T) => K;
    assigner: WindowAssigner<T, W>;
    trigger: Trigger<T, W>;
    allowedLateness: number;
    lateTag: OutputTag<T> | undefined;
    errors: ErrorPolicy<T> | undefined;
  } {
    const { keyOf, assigner, trigger, allowedLateness = 0, lateTag } = this.#options;
    return { keyOf, assigner, trigger: trigger ?? assigner.getDefaultTrigger(), allowedLateness, lateTag, errors };
  }
}
