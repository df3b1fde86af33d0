import { pullSource } from './pull-source.js';
import type { Source } from './source.js';

const CHUNK_RECORDS = 500;

/**
 * A bounded source of given elements, in their order, in one split; positions are indexes. Elements have no timestamp:
 * give the source a `WatermarkStrategy` with a timestamp assigner where event time matters. The split belongs to task
 * `0`, so that collections can meet each other, and topics of one partition.
 *
 * @param elements not copied: an array that changes meanwhile is read as it is then
 * @see Flink, "Data Sources", `fromData` and `fromCollection`
 */
export function collectionSource<T>(elements: readonly T[]): Source<T> {
  return pullSource<T>({
    kind: 'collection',
    description: `${String(elements.length)} elements`,
    isBounded: true,
    open: () =>
      Promise.resolve([
        {
          id: 'collection',
          task: '0',
          pull: (from) => {
            const records = elements
              .slice(from, from + CHUNK_RECORDS)
              .map((value, n) => ({ value, position: from + n, timestamp: undefined }));
            return Promise.resolve(records.length === 0 ? 'end' : { records, nextPosition: from + records.length });
          },
          end: () => elements.length,
        },
      ]),
  });
}
