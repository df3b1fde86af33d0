import type { Scope } from '../runtime/scope.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import type { Evictor, TimestampedValue } from './evictor.js';
import type { ListContents } from './window-contents.js';
import { WindowOperator } from './window-operator.js';
import type { WindowOperatorOptions } from './window-operator.js';
import type { Window } from './window.js';

type Stamped<IN> = readonly TimestampedValue<IN>[];

/** What an EvictingWindowOperator is made of. */
export interface EvictingWindowOperatorOptions<K extends string | number, IN, OUT, W extends Window> extends Omit<
  WindowOperatorOptions<K, IN, Stamped<IN>, OUT, W>,
  'contents'
> {
  readonly evictor: Evictor<IN, W>;
  readonly contents: (state: KeyedStateBackend) => ListContents<IN, TimestampedValue<IN>>;
}

/**
 * As WindowOperator, with every element kept and an evictor around the function. What the evictor takes out is gone from
 * the state too.
 *
 * @see Flink, EvictingWindowOperator
 */
export class EvictingWindowOperator<K extends string | number, IN, OUT, W extends Window> extends WindowOperator<
  K,
  IN,
  Stamped<IN>,
  OUT,
  W
> {
  readonly #evictor: Evictor<IN, W>;
  readonly #createContents: (state: KeyedStateBackend) => ListContents<IN, TimestampedValue<IN>>;
  #list!: ListContents<IN, TimestampedValue<IN>>;

  constructor(options: EvictingWindowOperatorOptions<K, IN, OUT, W>) {
    super({ ...options, contents: (state) => (this.#list = this.#createContents(state)) });
    this.#evictor = options.evictor;
    this.#createContents = options.contents;
  }

  protected override fire(key: K, window: W, stateNamespace: string, scope: Scope): void {
    const all = this.#list.get();
    if (all === undefined) return;
    const context = this.triggerContext;
    const before = this.#evictor.evictBefore(all, window, context);
    this.call(key, window, before, scope);
    const left = this.#evictor.evictAfter(before, window, context);
    if (left.length === all.length) return; // an evictor only takes away
    this.host.state.setCurrentNamespace(stateNamespace);
    this.#list.replace(left);
  }
}
