import type { Sink, SinkHost } from '../sink.js';
import { JsonlWriter } from './jsonl-writer.js';
import { PartFiles } from './part-files.js';

/** When a part is closed and gets its final name. */
export interface RollOptions {
  /** Bytes behind which a part is closed. @default 134217728 (128 MiB) */
  readonly bytes?: number;
  /**
   * Milliseconds after which a part is closed, counted from its first line. Larger: readers see lines later.
   * @default 60000
   */
  readonly intervalMs?: number;
  /** Close the part at every checkpoint: readers see lines as soon as they count, in many small files. @default false */
  readonly onCheckpoint?: boolean;
}

/** Where and how a `jsonlSink` writes. */
export interface JsonlSinkOptions<T> {
  /** Folder of the parts; created where missing. Several processes may write to one. */
  readonly directory: string;
  /** Beginning of the parts' names: letters, digits and `_`. Sinks of one folder need different ones. @default 'part' */
  readonly prefix?: string;
  /** Text of an element, without line ends. @default JSON.stringify */
  readonly format?: (element: T) => string;
  /** @default after 128 MiB or a minute */
  readonly roll?: RollOptions;
}

/**
 * Writes one JSON value a line to files that never change once they have their name: while a part is written it is
 * called `.<name>.inprogress`, and gets its name when it is synced and closed. Elements are acknowledged when they are
 * on the disk (one sync for all that wait).
 *
 * At least once: after a crash what was not acknowledged is written again. No half line is left: the next writer of
 * the same machine cuts it off and gives the part its name, so that nothing acknowledged is lost. Elements of all tasks
 * of a process go into one file, in the order in which they come.
 *
 * @throws RangeError for a prefix that is no word
 * @see Flink, "FileSystem", "File Sink" (exactly once there)
 */
export function jsonlSink<T>(options: JsonlSinkOptions<T>): Sink<T> {
  const { directory, prefix = 'part', roll = {} } = options;
  if (!/^\w+$/.test(prefix))
    throw new RangeError(`a prefix has letters, digits and _ only, not ${JSON.stringify(prefix)}`);
  return {
    kind: 'jsonl',
    description: directory,
    open: async (host: SinkHost) => {
      const files = new PartFiles(directory, prefix, host.clock.now());
      const recovered = await files.prepare();
      if (recovered.length > 0) host.logger.info({ recovered }, 'parts that were left by a crash were finished');
      return new JsonlWriter<T>(directory, files, host, {
        format: options.format ?? ((element) => JSON.stringify(element)),
        bytes: roll.bytes ?? 128 * 2 ** 20,
        intervalMs: roll.intervalMs ?? 60_000,
        onCheckpoint: roll.onCheckpoint ?? false,
      });
    },
  };
}
