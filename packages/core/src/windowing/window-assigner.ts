import type { Trigger } from './trigger.js';
import type { Window } from './window.js';

/** What an assigner may ask for besides the element. */
export interface WindowAssignerContext {
  /** Milliseconds since 1970 UTC by the task's clock. */
  getCurrentProcessingTime(): number;
}

/**
 * Says which windows an element belongs to. One object serves all tasks: it keeps nothing but caches.
 *
 * @see Flink, "Windows", "Window Assigners"
 */
export abstract class WindowAssigner<T, W extends Window> {
  /** Whether windows end by watermark (true) or by the clock (false). */
  abstract readonly isEventTime: boolean;

  /**
   * The windows of one element; none drops it.
   *
   * @param timestamp event time of the element in milliseconds, undefined where it has none
   * @throws where the element belongs nowhere; the job attempt fails unless the operator's error policy says otherwise
   */
  abstract assignWindows(element: T, timestamp: number | undefined, context: WindowAssignerContext): readonly W[];

  /** What decides when a window is evaluated where the user gave no trigger. */
  abstract getDefaultTrigger(): Trigger<T, W>;

  /** The window that a namespace came from: the way back from stored state and timers. */
  abstract windowOf(namespace: string): W;

  /** One line for `describe`: the kind of windows and their measures. */
  abstract toString(): string;
}

/** Takes each set of windows that became one. */
export type MergeCallback<W extends Window> = (merged: readonly W[], result: W) => void;

/** An assigner whose windows may become one: sessions. Needs a trigger and a function that can merge. */
export abstract class MergingWindowAssigner<T, W extends Window> extends WindowAssigner<T, W> {
  /**
   * Finds the windows that have to become one and calls `onMerge` for each set of two or more. The answer must depend on
   * the windows alone.
   */
  abstract mergeWindows(windows: readonly W[], onMerge: MergeCallback<W>): void;
}
