import type { MetricGroup } from '../metrics.js';
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from '../state/state-types.js';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateDescriptor,
  ValueStateDescriptor,
} from '../state/state-descriptor.js';
import type { TriggerResult } from './trigger-result.js';
import type { Window } from './window.js';

/** Gives the states of a key and window. The descriptors are those that were declared, see `Trigger.states`. */
export interface PartitionedState {
  /** @throws MillraceError ERR_STATE_UNDECLARED where the descriptor was not declared */
  getPartitionedState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T>;
  getPartitionedState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  getPartitionedState<K extends string | number, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V>;
  getPartitionedState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T>;
  getPartitionedState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): AggregatingState<IN, OUT>;
}

/** What a trigger can see and set. It means the key and window in hand; valid during the call only. */
export interface TriggerContext extends PartitionedState {
  /** Milliseconds since 1970 UTC by the task's clock. */
  getCurrentProcessingTime(): number;
  /** The watermark, in milliseconds of event time. */
  getCurrentWatermark(): number;
  /** Metrics of the operator. */
  getMetricGroup(): MetricGroup;
  /** `onEventTime` is called when the watermark reaches `time`; once, however often it was registered. */
  registerEventTimeTimer(time: number): void;
  /** `onProcessingTime` is called when the clock reaches `time`; once, however often it was registered. */
  registerProcessingTimeTimer(time: number): void;
  /** Does nothing where there is no such timer. */
  deleteEventTimeTimer(time: number): void;
  /** Does nothing where there is no such timer. */
  deleteProcessingTimeTimer(time: number): void;
}

/** What a trigger can do when windows became one; the window in hand is the result. */
export interface OnMergeContext extends TriggerContext {
  /** Combines the state of the windows that became one into that of the result. */
  mergePartitionedState<T>(descriptor: ListStateDescriptor<T> | ReducingStateDescriptor<T>): void;
  mergePartitionedState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): void;
}

/**
 * Decides when the elements of a window are evaluated. A trigger object serves all keys, windows and tasks: what it
 * remembers belongs in partitioned state, which is kept like all state. Setting a trigger replaces the assigner's own.
 *
 * @see Flink, "Windows", "Triggers"
 */
export abstract class Trigger<T, W extends Window> {
  /**
   * Descriptors of every state that the trigger asks its context for. They are declared because states are made when the
   * operator opens, so that a state that no longer fits is found before the first element.
   */
  get states(): readonly StateDescriptor<unknown>[] {
    return [];
  }

  /** For each element that is added to the window. @param timestamp its event time, undefined where it has none */
  abstract onElement(element: T, timestamp: number | undefined, window: W, context: TriggerContext): TriggerResult;

  /** For each event-time timer that the trigger set, and at the end of an event-time window's life. */
  abstract onEventTime(time: number, window: W, context: TriggerContext): TriggerResult;

  /** For each processing-time timer that the trigger set, and at the end of a processing-time window's life. */
  abstract onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult;

  /** The window goes: delete the timers and clear the states that the trigger has for it. */
  abstract clear(window: W, context: TriggerContext): void;

  /** Whether it can work with windows that become one; `onMerge` is then called. */
  canMerge(): boolean {
    return false;
  }

  /** Windows became `window`: merge the states and set the timers that it needs. `clear` is called for each after it. */
  onMerge(_window: W, _context: OnMergeContext): void {
    throw new TypeError(`${this.toString()} cannot merge`);
  }

  /** One line for `describe`. */
  abstract toString(): string;
}
