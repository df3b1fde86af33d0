import type { OutputTag } from '../api/output-tag.js';
import { MillraceError, OperatorFailure } from '../errors.js';
import type { ErrorPolicy } from '../operators/error-policy.js';
import { judge, kindOf } from '../operators/judge.js';
import { keyFor } from '../operators/key-of.js';
import { InternalTimerService } from '../operators/timers/internal-timer-service.js';
import type { Timer } from '../operators/timers/timer.js';
import { StreamOperator } from '../runtime/operator.js';
import type { Scope } from '../runtime/scope.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import { ValueStateDescriptor } from '../state/state-descriptor.js';
import type { ValueState } from '../state/state-types.js';
import type { InternalWindowFunction } from './internal-window-function.js';
import { MergingWindowSet } from './merging-window-set.js';
import type { Merge, StoredWindows } from './merging-window-set.js';
import { OperatorTriggerContext } from './operator-trigger-context.js';
import { OperatorWindowContext } from './operator-window-context.js';
import type { Trigger } from './trigger.js';
import { isFire, isPurge } from './trigger-result.js';
import type { TriggerResult } from './trigger-result.js';
import { EventTimeTrigger } from './triggers/event-time-trigger.js';
import { ProcessingTimeTrigger } from './triggers/processing-time-trigger.js';
import { MergingWindowAssigner } from './window-assigner.js';
import type { WindowAssigner } from './window-assigner.js';
import type { WindowContents } from './window-contents.js';
import type { Window } from './window.js';
import { WindowLife } from './window-life.js';

/** What a window operator is made of. */
export interface WindowOperatorOptions<K extends string | number, IN, X, OUT, W extends Window> {
  readonly keyOf: (value: IN) => K;
  readonly assigner: WindowAssigner<IN, W>;
  readonly trigger: Trigger<IN, W>;
  /** Milliseconds of event time. */
  readonly allowedLateness: number;
  /** Where late elements go; they are counted where it is undefined. */
  readonly lateTag: OutputTag<IN> | undefined;
  readonly contents: (state: KeyedStateBackend) => WindowContents<IN, X>;
  readonly fn: InternalWindowFunction<K, X, OUT, W>;
  /** For what assigner, trigger and incremental function throw for an element; a firing that fails fails the attempt. */
  readonly errors: ErrorPolicy<IN> | undefined;
}

/**
 * Puts the elements of each key into windows and evaluates a window when its trigger says so. Contents, trigger states
 * and timers are kept under key and window.
 *
 * @see Flink, WindowOperator
 */
export class WindowOperator<K extends string | number, IN, X, OUT, W extends Window> extends StreamOperator<IN, OUT> {
  protected readonly options: WindowOperatorOptions<K, IN, X, OUT, W>;
  protected contents!: WindowContents<IN, X>;
  protected triggerContext!: OperatorTriggerContext<IN, W>;
  readonly #merging: MergingWindowAssigner<IN, W> | undefined;
  readonly #life: WindowLife;
  /** Whether the trigger and the removal of a window set one timer each, with its first element, and no other. */
  readonly #setsTimersOnce: boolean;
  #timers!: InternalTimerService;
  #context!: OperatorWindowContext<X, OUT, W>;
  #windowSets: ValueState<StoredWindows> | undefined;
  /** The window of the last timer: those of many keys fire one after another. */
  #lastWindow: W | undefined;

  constructor(options: WindowOperatorOptions<K, IN, X, OUT, W>) {
    super();
    const { assigner, trigger, allowedLateness } = options;
    this.options = options;
    this.#merging = assigner instanceof MergingWindowAssigner ? assigner : undefined;
    this.#life = new WindowLife(assigner.isEventTime, allowedLateness);
    this.#setsTimersOnce =
      trigger instanceof (assigner.isEventTime ? EventTimeTrigger : ProcessingTimeTrigger) &&
      this.#merging === undefined;
  }

  override async open(): Promise<void> {
    const { context, state } = this.host;
    const { fn, trigger } = this.options;
    this.#timers = new InternalTimerService({
      host: this.host,
      onEventTime: (timer, scope) => {
        this.#onTimer(timer, scope, true);
      },
      onProcessingTime: (timer, scope) => {
        this.#onTimer(timer, scope, false);
      },
    });
    this.contents = this.options.contents(state);
    if (this.#merging !== undefined) {
      this.#windowSets = state.getState(new ValueStateDescriptor<StoredWindows>('merging-window-set'));
    }
    this.triggerContext = new OperatorTriggerContext(trigger, state, this.#timers, this.#life, context.metrics);
    const emit = (record: StreamRecord<OUT>): void => {
      this.out.next(record);
    };
    this.#context = new OperatorWindowContext(fn, this.host, this.#timers, emit, this.#merging !== undefined);
    // There from the start: a counter that appears with the first late element cannot be watched before.
    context.metrics.counter('numLateRecordsDropped');
    await fn.open?.(context);
    this.#timers.open();
  }

  override processElement(record: StreamRecord<IN>): void {
    const keyed = keyFor(this.host, this.options.keyOf, record.value);
    if (keyed === undefined) return;
    this.host.state.setCurrentKey(keyed.key);
    const { errors, assigner } = this.options;
    try {
      const windows = assigner.assignWindows(record.value, record.timestamp, this.triggerContext);
      const isTaken =
        this.#merging === undefined
          ? this.#addToEach(windows, keyed.key, record)
          : this.#addMerging(this.#merging, windows, keyed.key, record);
      if (!isTaken) this.#late(record);
    } catch (error) {
      judge(this.host, errors, record, error, kindOf(errors, error), 1);
    }
  }

  override processWatermark(timestamp: number): void {
    this.#timers.advanceWatermark(timestamp);
    this.host.emitWatermark(timestamp);
  }

  /** Windows that wait for the clock come out too: nobody will be there when it strikes. */
  override finish(): void {
    this.#timers.finish();
  }

  override get numEventTimeTimers(): number {
    return this.#timers.numEventTimeTimers;
  }

  override get numProcessingTimeTimers(): number {
    return this.#timers.numProcessingTimeTimers;
  }

  override async close(): Promise<void> {
    // Both are missing where open failed or was never called.
    (this.#timers as InternalTimerService | undefined)?.close();
    await this.options.fn.close?.();
  }

  /** Evaluates the window whose contents are under the current namespace; an empty one gives nothing. */
  protected fire(key: K, window: W, _stateNamespace: string, scope: Scope): void {
    const contents = this.contents.get();
    if (contents !== undefined) this.call(key, window, contents, scope);
  }

  /** Calls the window function. What it throws is the fault of no single element. */
  protected call(key: K, window: W, contents: X, scope: Scope): void {
    const context = this.#context;
    try {
      context.during(window, scope, () => this.options.fn.process(key, context, contents, context));
    } catch (error) {
      this.host.fail(new OperatorFailure(this.host.context.operator, error));
    }
  }

  #addToEach(windows: readonly W[], key: K, record: StreamRecord<IN>): boolean {
    let isTaken = false;
    for (const window of windows) {
      if (this.#life.isOver(window, this.#timers.currentWatermark())) continue;
      isTaken = true;
      this.#add(window, window.namespace, key, record);
    }
    return isTaken;
  }

  #addMerging(
    assigner: MergingWindowAssigner<IN, W>,
    windows: readonly W[],
    key: K,
    record: StreamRecord<IN>,
  ): boolean {
    const set = new MergingWindowSet(assigner, this.#windowSetState());
    let isTaken = false;
    for (const window of windows) {
      const actual = set.add(window, (merge) => {
        this.#merge(merge);
      });
      if (this.#life.isOver(actual, this.#timers.currentWatermark())) {
        set.retire(actual);
        continue;
      }
      isTaken = true;
      this.#add(actual, set.stateNamespaceOf(actual) ?? actual.namespace, key, record);
    }
    set.persist();
    return isTaken;
  }

  #add(window: W, stateNamespace: string, key: K, record: StreamRecord<IN>): void {
    const { state } = this.host;
    state.setCurrentNamespace(stateNamespace);
    const hadSome = this.contents.add(record.value, record.timestamp);
    if (hadSome && this.#setsTimersOnce) {
      // Its timers were set with its first element. What is left to do is the firing for a late one.
      if (!this.#life.isEventTime || window.maxTimestamp() > this.#timers.currentWatermark()) return;
    }
    const context = this.triggerContext.aim(window);
    const result = this.options.trigger.onElement(record.value, record.timestamp, window, context);
    this.#carryOut(result, key, window, stateNamespace, record.scope);
    const cleanup = this.#life.cleanupTimerOf(window);
    if (cleanup === undefined) return;
    if (this.#life.isEventTime) this.#timers.registerEventTimeTimer(window.namespace, cleanup);
    else this.#timers.registerProcessingTimeTimer(window.namespace, cleanup);
  }

  #carryOut(result: TriggerResult, key: K, window: W, stateNamespace: string, scope: Scope): void {
    if (isFire(result)) {
      this.host.state.setCurrentNamespace(stateNamespace);
      this.fire(key, window, stateNamespace, scope);
    }
    if (isPurge(result)) {
      this.host.state.setCurrentNamespace(stateNamespace);
      this.contents.clear();
    }
  }

  /** Windows became one: so do the trigger's states, the timers and the contents. */
  #merge({ result, merged, stateNamespace, mergedNamespaces }: Merge<W>): void {
    this.#checkMerge(result);
    const { trigger } = this.options;
    trigger.onMerge(result, this.triggerContext.aimMerged(result, merged));
    for (const window of merged) {
      trigger.clear(window, this.triggerContext.aimGone(window));
      this.#deleteCleanupTimer(window);
    }
    this.contents.merge(stateNamespace, mergedNamespaces, (namespace) => {
      this.host.state.setCurrentNamespace(namespace);
    });
  }

  /** @throws MillraceError ERR_WINDOW_MERGE where the result would be over already: an assigner that shrinks windows */
  #checkMerge(result: W): void {
    const { isEventTime } = this.#life;
    const now = isEventTime ? this.#timers.currentWatermark() : this.#timers.currentProcessingTime();
    if (isEventTime ? !this.#life.isOver(result, now) : result.maxTimestamp() > now) return;
    throw new MillraceError(
      'ERR_WINDOW_MERGE',
      `the end of ${isEventTime ? 'an event-time' : 'a processing-time'} window cannot become earlier than the ` +
        `current ${isEventTime ? 'watermark' : 'processing time'} by merging: ${String(now)}, ${result.namespace}`,
    );
  }

  #onTimer(timer: Timer, scope: Scope, isEventTime: boolean): void {
    const { trigger } = this.options;
    const window = this.#windowOf(timer.namespace);
    const key = timer.key as K;
    const set = this.#merging === undefined ? undefined : new MergingWindowSet(this.#merging, this.#windowSetState());
    const stateNamespace = set === undefined ? timer.namespace : set.stateNamespaceOf(window);
    // A timer that a trigger left behind when its window became a part of another.
    if (stateNamespace === undefined) return;
    const context = this.triggerContext.aim(window);
    const result = isEventTime
      ? trigger.onEventTime(timer.timestamp, window, context)
      : trigger.onProcessingTime(timer.timestamp, window, context);
    this.#carryOut(result, key, window, stateNamespace, scope);
    if (isEventTime === this.#life.isEventTime && timer.timestamp === this.#life.cleanupTimerOf(window)) {
      this.#remove(window, stateNamespace, scope, set);
    }
  }

  /** Nothing of the window stays, but what its function keeps in globalState. */
  #remove(window: W, stateNamespace: string, scope: Scope, set: MergingWindowSet<IN, W> | undefined): void {
    const { fn, trigger } = this.options;
    this.host.state.setCurrentNamespace(stateNamespace);
    this.contents.clear();
    trigger.clear(window, this.triggerContext.aimGone(window));
    if (fn.clear !== undefined) this.#context.during(window, scope, () => fn.clear?.(this.#context));
    set?.retire(window);
    set?.persist();
  }

  #deleteCleanupTimer(window: W): void {
    const cleanup = this.#life.cleanupTimerOf(window);
    if (cleanup === undefined) return;
    if (this.#life.isEventTime) this.#timers.deleteEventTimeTimer(window.namespace, cleanup);
    else this.#timers.deleteProcessingTimeTimer(window.namespace, cleanup);
  }

  #late(record: StreamRecord<IN>): void {
    if (!this.#life.isLate(record.timestamp, this.#timers.currentWatermark())) return;
    const { lateTag } = this.options;
    if (lateTag === undefined) this.host.context.metrics.counter('numLateRecordsDropped').inc();
    else this.host.emitSide(lateTag, record);
  }

  #windowSetState(): ValueState<StoredWindows> {
    if (this.#windowSets === undefined) throw new Error('windows that do not merge have no window set');
    return this.#windowSets;
  }

  #windowOf(namespace: string): W {
    if (this.#lastWindow?.namespace !== namespace) this.#lastWindow = this.options.assigner.windowOf(namespace);
    return this.#lastWindow;
  }
}
