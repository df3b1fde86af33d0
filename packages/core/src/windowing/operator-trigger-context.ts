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
    this.#state.setCurrentNamespace(window.namespace);
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
    if (this.#life.isEventTime && this.#endsLife(time)) return;
    this.#timers.deleteEventTimeTimer(this.#window.namespace, time);
  }

  deleteProcessingTimeTimer(time: number): void {
    if (!this.#life.isEventTime && this.#endsLife(time)) return;
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
   * A trigger's timer for the end of the window is that of the window's removal too. Flink deletes it with the trigger's,
   * and a window whose trigger is cleared before its end is then never removed.
   */
  #endsLife(time: number): boolean {
    return time === this.#life.cleanupTimerOf(this.#window);
  }
}
