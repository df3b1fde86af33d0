import { GlobalWindows } from '../windowing/assigners/global-windows.js';
import { CountEvictor } from '../windowing/evictors/count-evictor.js';
import type { GlobalWindow } from '../windowing/global-window.js';
import type { Trigger } from '../windowing/trigger.js';
import { CountTrigger } from '../windowing/triggers/count-trigger.js';
import { ProcessingTimeoutTrigger } from '../windowing/triggers/processing-timeout-trigger.js';
import { PurgingTrigger } from '../windowing/triggers/purging-trigger.js';
import { WindowPlan } from '../windowing/window-plan.js';
import { AllWindowedStream } from './all-windowed-stream.js';
import type { DataStream } from './data-stream.js';
import type { KeyedStream } from './keyed-stream.js';
import { WindowedStream } from './windowed-stream.js';

/**
 * Windows of a number of elements of each key. A window that does not fill up never fires, as in Flink, unless a time
 * is set with `orTimeout`. Results have no event time of their own: their timestamp is the end of time.
 *
 * @example
 * ```ts
 * import { OperatorHarness } from '@millrace/core/testing';
 *
 * const harness = await OperatorHarness.forStream<string, string>((events) =>
 *   events
 *     .keyBy(() => 'all')
 *     .countWindow(3)
 *     .orTimeout(1_000)
 *     .apply((_key, _window, batch, out) => out.collect([...batch].join('+')), { uid: 'batches' }),
 * );
 * for (const event of ['a', 'b', 'c', 'd', 'e']) await harness.processElement(event);
 * harness.output(); // => ['a+b+c']
 * await harness.advance(1_000);
 * harness.output(); // => ['a+b+c', 'd+e']
 * harness.numKeyedStateEntries(); // => 0
 * ```
 * @see Flink, `KeyedStream.countWindow`
 */
export class CountWindowedStream<K extends string | number, T> extends WindowedStream<K, T, GlobalWindow> {
  readonly #size: number;

  /** @internal */
  constructor(keyed: KeyedStream<K, T>, size: number) {
    super(keyed, new WindowPlan({ keyOf: keyed.keyOf, assigner: GlobalWindows.create(), trigger: counting(size) }));
    this.#size = size;
  }

  /**
   * A window fires when it is full, or `timeoutMs` after its first element by the clock, whichever is first; then it is
   * empty, and nothing of it stays. A timeout that came while the job was down fires when it is up again. Not in Flink,
   * where a partial count window waits for ever.
   *
   * @param timeoutMs milliseconds, a whole number of at least 1
   * @throws RangeError where it is not
   */
  orTimeout(timeoutMs: number): WindowedStream<K, T, GlobalWindow> {
    return this.trigger(countingOrTimeout(this.#size, timeoutMs));
  }

  /** @internal */
  static sliding<K extends string | number, T>(
    keyed: KeyedStream<K, T>,
    size: number,
    slide: number,
  ): WindowedStream<K, T, GlobalWindow> {
    return new WindowedStream(keyed, slidingPlan(keyed.keyOf, size, slide));
  }
}

/** As CountWindowedStream, for all elements of a task. */
export class CountAllWindowedStream<T> extends AllWindowedStream<T, GlobalWindow> {
  readonly #size: number;

  /** @internal */
  constructor(stream: DataStream<T>, size: number) {
    const assigner = GlobalWindows.create();
    super(stream, new WindowPlan<number, T, GlobalWindow>({ keyOf: noKey, assigner, trigger: counting(size) }));
    this.#size = size;
  }

  /** As `CountWindowedStream.orTimeout`. */
  orTimeout(timeoutMs: number): AllWindowedStream<T, GlobalWindow> {
    return this.trigger(countingOrTimeout(this.#size, timeoutMs));
  }

  /** @internal */
  static sliding<T>(stream: DataStream<T>, size: number, slide: number): AllWindowedStream<T, GlobalWindow> {
    return new AllWindowedStream(stream, slidingPlan(noKey, size, slide));
  }
}

/** All elements of a task belong together. */
export function noKey(): number {
  return 0;
}

function counting(size: number): Trigger<unknown, GlobalWindow> {
  return PurgingTrigger.of(CountTrigger.of(size));
}

/** Purging is outermost: a timeout empties the window too. */
function countingOrTimeout(size: number, timeoutMs: number): Trigger<unknown, GlobalWindow> {
  return PurgingTrigger.of(ProcessingTimeoutTrigger.of(CountTrigger.of(size), timeoutMs));
}

function slidingPlan<K extends string | number, T>(
  keyOf: (value: T) => K,
  size: number,
  slide: number,
): WindowPlan<K, T, GlobalWindow> {
  return new WindowPlan<K, T, GlobalWindow>({
    keyOf,
    assigner: GlobalWindows.create(),
    trigger: CountTrigger.of(slide),
    evictor: CountEvictor.of(size),
  });
}
