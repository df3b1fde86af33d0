import { MillraceError } from '../../errors.js';
import type { WindowAssigner } from '../window-assigner.js';
import type { Window } from '../window.js';

/**
 * The event time of an element.
 *
 * @throws MillraceError ERR_NO_TIMESTAMP where it has none
 */
export function eventTimeOf(timestamp: number | undefined, assigner: WindowAssigner<never, Window>): number {
  if (timestamp !== undefined) return timestamp;
  throw new MillraceError(
    'ERR_NO_TIMESTAMP',
    `${assigner.toString()} got an element without an event time: let the source set timestamps, call ` +
      'assignTimestampsAndWatermarks before keyBy, or use processing-time windows',
  );
}
