import { MillraceError } from '../errors.js';
import type { ValueState } from '../state/state-types.js';
import type { MergingWindowAssigner } from './window-assigner.js';
import type { Window } from './window.js';

/** Window -> window whose namespace holds its contents, both as namespaces: what is kept for a key. */
export type StoredWindows = readonly (readonly [window: string, stateWindow: string])[];

/** What happened when a window was added to others. */
export interface Merge<W extends Window> {
  /** The window that they are now. */
  readonly result: W;
  /** The windows that are no more. */
  readonly merged: readonly W[];
  /** Where the contents of the result are. */
  readonly stateNamespace: string;
  /** Where contents are that have to go there. */
  readonly mergedNamespaces: readonly string[];
}

/**
 * The windows that one key has at the moment, where windows can become one. The contents stay under the namespace of the
 * first window of a session: one that only grows moves nothing.
 *
 * @see Flink, MergingWindowSet
 */
export class MergingWindowSet<T, W extends Window> {
  readonly #assigner: MergingWindowAssigner<T, W>;
  readonly #state: ValueState<StoredWindows>;
  /** Namespace of a window -> the window and where its contents are. */
  readonly #windows = new Map<string, { readonly window: W; readonly stateNamespace: string }>();
  #isChanged = false;

  /** The windows of the current key. */
  constructor(assigner: MergingWindowAssigner<T, W>, state: ValueState<StoredWindows>) {
    this.#assigner = assigner;
    this.#state = state;
    for (const [namespace, stateNamespace] of state.value() ?? []) {
      this.#windows.set(namespace, { window: assigner.windowOf(namespace), stateNamespace });
    }
  }

  /** Where the window's contents are; undefined where there is no such window (any more). */
  stateNamespaceOf(window: W): string | undefined {
    return this.#windows.get(window.namespace)?.stateNamespace;
  }

  /**
   * Adds a window and merges what has to be merged.
   *
   * @param onMerge called for each set of windows that became another one
   * @returns the window that `added` is a part of now
   */
  add(added: W, onMerge: (merge: Merge<W>) => void): W {
    if (this.#windows.has(added.namespace)) return added;
    const merges: { readonly members: readonly W[]; readonly result: W }[] = [];
    const all = [...[...this.#windows.values()].map(({ window }) => window), added];
    this.#assigner.mergeWindows(all, (members, result) => merges.push({ members, result }));
    let actual = added;
    let isPart = false;
    for (const { members, result } of merges) {
      const merged = members.filter((window) => window.namespace !== added.namespace);
      if (merged.length < members.length) {
        actual = result;
        isPart = true;
      }
      const stateNamespaces = merged.map((window) => this.#take(window));
      const [stateNamespace, ...mergedNamespaces] = stateNamespaces;
      if (stateNamespace === undefined) throw unknownWindow(result);
      this.#windows.set(result.namespace, { window: result, stateNamespace });
      this.#isChanged = true;
      // An element inside a window that is there already changes nothing about the window.
      const isSame = merged.length === 1 && merged[0]?.namespace === result.namespace;
      if (!isSame) onMerge({ result, merged, stateNamespace, mergedNamespaces });
    }
    if (!isPart) {
      this.#windows.set(added.namespace, { window: added, stateNamespace: added.namespace });
      this.#isChanged = true;
    }
    return actual;
  }

  /** Forgets a window. */
  retire(window: W): void {
    if (!this.#windows.delete(window.namespace)) throw unknownWindow(window);
    this.#isChanged = true;
  }

  /** Writes the set to the state, where it changed. */
  persist(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    if (this.#windows.size === 0) this.#state.clear();
    else this.#state.update([...this.#windows].map(([namespace, { stateNamespace }]) => [namespace, stateNamespace]));
  }

  #take(window: W): string {
    const known = this.#windows.get(window.namespace);
    if (known === undefined) throw unknownWindow(window);
    this.#windows.delete(window.namespace);
    return known.stateNamespace;
  }
}

function unknownWindow(window: Window): MillraceError {
  return new MillraceError(
    'ERR_WINDOW_UNKNOWN',
    `the window ${window.namespace} is not one of its key: mergeWindows of the assigner must give windows that it was given`,
  );
}
