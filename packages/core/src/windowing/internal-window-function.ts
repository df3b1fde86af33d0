import type { RuntimeContext } from '../operators/async-function.js';
import type { Collector } from '../operators/process-function.js';
import type { AggregateFunction, ReduceFunction } from '../state/aggregate-function.js';
import type { StateDescriptor } from '../state/state-descriptor.js';
import type {
  AllWindowFunction,
  ProcessAllWindowFunction,
  ProcessWindowFunction,
  RichWindowFunction,
  WindowContext,
  WindowFunction,
} from './process-window-function.js';
import type { Window } from './window.js';

/** A window function as the operator calls it: with what the window keeps, be it elements or an accumulator. */
export interface InternalWindowFunction<K, X, OUT, W extends Window> {
  readonly windowStates?: readonly StateDescriptor<unknown>[] | undefined;
  readonly globalStates?: readonly StateDescriptor<unknown>[] | undefined;
  open?(context: RuntimeContext): void | Promise<void>;
  /** What it returns is looked at: a promise is a mistake of the user's. */
  process(key: K, context: WindowContext<W>, contents: X, out: Collector<OUT>): unknown;
  clear?(context: WindowContext<W>): void;
  close?(): void | Promise<void>;
}

/** Where the contents of a window go: nothing for an empty one. */
export type Elements<X, T> = (contents: X) => Iterable<T> | undefined;

/** Emits what the contents add up to. */
export function emitting<X, OUT, W extends Window>(
  resultOf: (contents: X) => OUT | undefined,
): InternalWindowFunction<unknown, X, OUT, W> {
  return {
    process(_key, _context, contents, out) {
      const result = resultOf(contents);
      if (result !== undefined) out.collect(result);
    },
  };
}

/** A user's function as it may be: the type says void, but an async function passes for one. */
export interface AnyAnswer<K, IN, OUT, W extends Window> extends RichWindowFunction<W> {
  process(key: K, context: WindowContext<W>, elements: Iterable<IN>, out: Collector<OUT>): unknown;
}

/** A user's function, given the elements that `elementsOf` makes of the contents. */
export function processing<K, X, T, OUT, W extends Window>(
  fn: AnyAnswer<K, T, OUT, W>,
  elementsOf: Elements<X, T>,
): InternalWindowFunction<K, X, OUT, W> {
  return {
    ...lifeOf(fn),
    process(key, context, contents, out) {
      const elements = elementsOf(contents);
      return elements === undefined ? undefined : fn.process(key, context, elements, out);
    },
  };
}

/** A user's function of windows without keys. */
export function withoutKey<T, OUT, W extends Window>(
  fn: ProcessAllWindowFunction<T, OUT, W>,
): ProcessWindowFunction<unknown, T, OUT, W> {
  return {
    ...lifeOf(fn),
    process: (_key, context, elements, out) => fn.process(context, elements, out),
  };
}

/** The plain form of a window function as a rich one. */
export function applying<K, T, OUT, W extends Window>(
  fn: WindowFunction<K, T, OUT, W>,
): ProcessWindowFunction<K, T, OUT, W> {
  return { process: (key, context, elements, out) => fn(key, context.window(), elements, out) };
}

/** The plain form of a function of windows without keys as a rich one. */
export function applyingAll<T, OUT, W extends Window>(
  fn: AllWindowFunction<T, OUT, W>,
): ProcessAllWindowFunction<T, OUT, W> {
  return { process: (context, elements, out) => fn(context.window(), elements, out) };
}

/** What the elements reduce to; undefined for none. */
export function reduced<T>(reduce: ReduceFunction<T>, elements: Iterable<T>): T | undefined {
  let value: T | undefined;
  for (const element of elements) value = value === undefined ? element : reduce(value, element);
  return value;
}

/** What the elements aggregate to. */
export function aggregated<T, ACC, R>(aggregate: AggregateFunction<T, ACC, R>, elements: Iterable<T>): R {
  let accumulator = aggregate.createAccumulator();
  for (const element of elements) accumulator = aggregate.add(element, accumulator);
  return aggregate.getResult(accumulator);
}

function lifeOf<W extends Window>(fn: RichWindowFunction<W>): RichWindowFunction<W> {
  return {
    ...(fn.windowStates === undefined ? {} : { windowStates: fn.windowStates }),
    ...(fn.globalStates === undefined ? {} : { globalStates: fn.globalStates }),
    open: (context) => fn.open?.(context),
    clear: (context) => fn.clear?.(context),
    close: () => fn.close?.(),
  };
}
