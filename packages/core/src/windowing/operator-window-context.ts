import type { OutputTag } from '../api/output-tag.js';
import { MillraceError } from '../errors.js';
import type { Collector } from '../operators/process-function.js';
import type { InternalTimerService } from '../operators/timers/internal-timer-service.js';
import type { OperatorHost } from '../runtime/operator.js';
import type { Scope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { StateDescriptor } from '../state/state-descriptor.js';
import { DeclaredStates } from './declared-states.js';
import type { InternalWindowFunction } from './internal-window-function.js';
import type { WindowContext, WindowStateStore } from './process-window-function.js';
import type { Window } from './window.js';

/**
 * What an operator with windows gives its function: one object for all calls, context and collector. Everything that
 * comes out carries the window's last moment as timestamp.
 */
export class OperatorWindowContext<X, OUT, W extends Window> implements WindowContext<W>, Collector<OUT> {
  readonly #host: OperatorHost;
  readonly #timers: InternalTimerService;
  readonly #emit: (record: StreamRecord<OUT>) => void;
  readonly #windowState: WindowStateStore | undefined;
  readonly #globalState: WindowStateStore;
  #window: W | undefined;
  #scope: Scope | undefined;

  /** @param isMerging states of one window are not possible then: the window may become another */
  constructor(
    fn: InternalWindowFunction<never, X, OUT, W>,
    host: OperatorHost,
    timers: InternalTimerService,
    emit: (record: StreamRecord<OUT>) => void,
    isMerging: boolean,
  ) {
    this.#host = host;
    this.#timers = timers;
    this.#emit = emit;
    const { operator } = host.context;
    const windowStates = fn.windowStates ?? [];
    if (isMerging && windowStates.length > 0) throw noWindowState(operator);
    this.#windowState = isMerging
      ? undefined
      : storeOf(new DeclaredStates(`${operator}: windowStates`, host.state, windowStates, { namespaced: true }));
    this.#globalState = storeOf(
      new DeclaredStates(`${operator}: globalStates`, host.state, fn.globalStates ?? [], { namespaced: false }),
    );
  }

  /** Runs a call of the function for a window; what it emits belongs to `scope`. */
  during(window: W, scope: Scope, call: () => unknown): void {
    this.#window = window;
    this.#scope = scope;
    this.#host.state.setCurrentNamespace(window.namespace);
    try {
      const returned = call();
      if (returned instanceof Promise) throw notSynchronous(returned);
    } finally {
      this.#window = undefined;
      this.#scope = undefined;
    }
  }

  window(): W {
    return this.#inCall().window;
  }

  currentProcessingTime(): number {
    return this.#timers.currentProcessingTime();
  }

  currentWatermark(): number {
    return this.#timers.currentWatermark();
  }

  windowState(): WindowStateStore {
    if (this.#windowState === undefined) throw noWindowState(this.#host.context.operator);
    return this.#windowState;
  }

  globalState(): WindowStateStore {
    return this.#globalState;
  }

  output<X2>(tag: OutputTag<X2>, value: NoInfer<X2>): void {
    const { window, scope } = this.#inCall();
    this.#host.emitSide(tag, new StreamRecord<unknown>(value, window.maxTimestamp(), scope));
  }

  collect(value: OUT): void {
    const { window, scope } = this.#inCall();
    this.#emit(new StreamRecord(value, window.maxTimestamp(), scope));
  }

  #inCall(): { window: W; scope: Scope } {
    if (this.#window === undefined || this.#scope === undefined) {
      throw new Error('context and collector of a window function are valid during the call only');
    }
    return { window: this.#window, scope: this.#scope };
  }
}

function storeOf(states: DeclaredStates): WindowStateStore {
  const get = (descriptor: StateDescriptor<unknown>): never => states.get(descriptor) as never;
  return { getState: get, getListState: get, getMapState: get, getReducingState: get, getAggregatingState: get };
}

function noWindowState(operator: string): MillraceError {
  return new MillraceError(
    'ERR_WINDOW_STATE_MERGING',
    `${operator}: states of one window are not possible on windows that merge; use globalStates`,
  );
}

function notSynchronous(returned: Promise<unknown>): TypeError {
  returned.catch(() => undefined);
  return new TypeError('the window function returned a promise; what answers later belongs in AsyncDataStream');
}
