import type { Serializer } from '../state/serializer.js';
import type { KeyedProcessOptions, ProcessOptions } from './options.js';
import type { OutputTag } from './output-tag.js';

/**
 * Options of operators with windows. The uid is required: windows are kept under it. `errors` is about what the assigner,
 * the trigger, and a reduce or aggregate function throw for an element; an element that goes to several windows may be
 * in some of them already. What a window function throws when a window fires fails the job attempt.
 */
export interface WindowOptions<T, S = T> extends KeyedProcessOptions<T> {
  /**
   * How what a window keeps is stored: elements (`process`, `apply`, `reduce`), or the accumulator (`aggregate` without
   * an evictor); elements of joins and coGroups as `{ one }` or `{ two }`. Changing it makes stored windows unreadable,
   * unless it can migrate.
   * @default Serializers.structuredClone()
   */
  readonly serializer?: Serializer<S>;
}

/** With the tag of late elements among the declared ones: what nothing reads is then an error of the graph. */
export function withLateTag<T>(options: ProcessOptions<T>, lateTag: OutputTag<T> | undefined): ProcessOptions<T> {
  const { sideOutputs } = options;
  if (lateTag === undefined || sideOutputs === undefined) return options;
  if (sideOutputs.some(({ id }) => id === lateTag.id)) return options;
  return { ...options, sideOutputs: [...sideOutputs, lateTag] };
}
