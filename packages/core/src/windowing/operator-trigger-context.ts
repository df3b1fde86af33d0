import type { MetricGroup } from '../metrics.js';
import type { InternalTimerService } from '../operators/timers/internal-timer-service.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import type { StateDescriptor } from '../state/state-descriptor.js';
import { DeclaredStates } from './declared-states.js';
import type { EvictorContext } from './evictor.js';
import type { OnMergeContext, Trigger } from './trigger.js';
import type { Window } from './window.js';
import type { WindowLife } from './window-life.js';

/** What an operator with windows gives its trigger: one object for all calls, aimed at a window before each. */
export class OperatorTriggerContext<T, W extends Window> implements OnMergeContext, EvictorContext {
  readonly #state: KeyedStateBackend;
  readonly #states: DeclaredStates;
  readonly #timers: InternalTimerService;
  readonly #life: WindowLife;
  readonly #metrics: MetricGroup;
  #window!: W;
  /** Whether the window goes, so that none of its timers is needed any more. */
  #isGone = false;
  #merged: readonly W[] = [];

  constructor(
    trigger: Trigger<T, W>,
    state: KeyedStateBackend,
    timers: InternalTimerService,
    life: WindowLife,
    metrics: MetricGroup,
  ) {
    this.#state = state;
    this.#states = new DeclaredStates(`${trigger.toString()}.states`, state, trigger.states, { namespaced: true });
    this.#timers = timers;
    this.#life = life;
    this.#metrics = metrics;
  }

  /** The window that the next calls mean. Its namespace becomes the current one. */
  aim(window: W): this {
    this.#window = window;
    this.#isGone = false;
    this.#state.setCurrentNamespace(window.namespace);
    return this;
  }

  /** As `aim`, for a window that goes. */
  aimGone(window: W): this {
    this.aim(window);
    this.#isGone = true;
    return this;
  }

  /** As `aim`, with the windows that became this one. */
  aimMerged(window: W, merged: readonly W[]): this {
    this.#merged = merged;
    return this.aim(window);
  }

  getCurrentProcessingTime(): number {
    return this.#timers.currentProcessingTime();
  }

  getCurrentWatermark(): number {
    return this.#timers.currentWatermark();
  }

  getMetricGroup(): MetricGroup {
    return this.#metrics;
  }

  registerEventTimeTimer(time: number): void {
    this.#timers.registerEventTimeTimer(this.#window.namespace, time);
  }

  registerProcessingTimeTimer(time: number): void {
    this.#timers.registerProcessingTimeTimer(this.#window.namespace, time);
  }

  deleteEventTimeTimer(time: number): void {
    if (this.#life.isEventTime && this.#isEnd(time)) return;
    this.#timers.deleteEventTimeTimer(this.#window.namespace, time);
  }

  deleteProcessingTimeTimer(time: number): void {
    if (!this.#life.isEventTime && this.#isEnd(time)) return;
    this.#timers.deleteProcessingTimeTimer(this.#window.namespace, time);
  }

  // The overloads of the interface give each descriptor its state; there is one way to look it up.
  getPartitionedState(descriptor: StateDescriptor<unknown>): never {
    return this.#states.get(descriptor) as never;
  }

  mergePartitionedState(descriptor: StateDescriptor<unknown>): void {
    this.#states.get(descriptor);
    const sources = this.#merged.map(({ namespace }) => namespace);
    this.#state.mergeNamespaces(descriptor.name, this.#window.namespace, sources);
    this.#state.setCurrentNamespace(this.#window.namespace);
  }

  /**
   * The timers at a window's end and at its removal stay for as long as the window does, though a trigger be cleared
   * before (a timeout). In Flink such a window is never removed, because the timer that would do it is the trigger's.
   */
  #isEnd(time: number): boolean {
    if (this.#isGone) return false;
    return time === this.#window.maxTimestamp() || time === this.#life.cleanupTimerOf(this.#window);
  }
}
