import type { ConsumerRecord } from '../connector/record.js';
import type { Source, SourceHost, SourceReader } from '../connector/source.js';

/**
 * The source of a repartition topic. In a run until drained its end is captured late: when the runtime asks whether it
 * is drained, which it does when the sources before it are, and everything that they caused was written to it.
 *
 * @param writtenBy uid of the sink that writes to the topic
 */
export function repartitionSource(source: Source<ConsumerRecord>, writtenBy: string): Source<ConsumerRecord> {
  return {
    ...source,
    writtenBy,
    open: async (host: SourceHost<ConsumerRecord>): Promise<SourceReader> => {
      const reader = await source.open(host);
      let captured: Promise<void> | undefined;
      return {
        commit: (positions) => reader.commit(positions),
        stopIntake: () => reader.stopIntake(),
        captureEnd: () => {
          captured = undefined;
          return Promise.resolve();
        },
        isDrained: async (settled) => {
          captured ??= reader.captureEnd();
          await captured.catch((error: unknown) => {
            captured = undefined;
            throw error;
          });
          return await reader.isDrained(settled);
        },
        close: () => reader.close(),
        ...(reader.stalled === undefined ? {} : { stalled: () => reader.stalled?.() }),
        ...(reader.splits === undefined ? {} : { splits: () => reader.splits?.() ?? Promise.resolve([]) }),
      };
    },
  };
}
