import type { Sink } from './sink.js';

/** How a `printSink` writes. */
export interface PrintOptions<T> {
  /** Stands before each line, with `> ` behind it. @default nothing */
  readonly label?: string;
  /** The text of an element. @default a string as it is, all else as JSON */
  readonly format?: (element: T) => string;
  /** Where to write. @default standard output */
  readonly stream?: { write(text: string, done: (error?: Error | null) => void): unknown };
}

/**
 * Writes each element as a line, for people. Acknowledged when the stream has taken it; a stream that refuses fails the
 * job attempt.
 *
 * @see Flink, "Data Sinks", `print`
 */
export function printSink<T>(options: PrintOptions<T> = {}): Sink<T> {
  const { label, format = textOf, stream = process.stdout } = options;
  const before = label === undefined ? '' : `${label}> `;
  return {
    kind: 'print',
    description: label ?? 'print',
    open: () => {
      let pending = 0;
      let flushed: (() => void)[] = [];
      const settle = (): void => {
        pending -= 1;
        if (pending > 0) return;
        for (const resolve of flushed.splice(0)) resolve();
      };
      return Promise.resolve({
        write: (element: T, ack) => {
          pending += 1;
          let text: string;
          try {
            text = `${before}${format(element)}\n`;
          } catch (error) {
            queueMicrotask(() => {
              ack.failed(error);
              settle();
            });
            return;
          }
          stream.write(text, (error) => {
            if (error === undefined || error === null) ack.done();
            else ack.failed(error);
            settle();
          });
        },
        flush: () => (pending === 0 ? Promise.resolve() : new Promise<void>((resolve) => flushed.push(resolve))),
        close: () => {
          flushed = [];
          return Promise.resolve();
        },
      });
    },
  };
}

function textOf(element: unknown): string {
  return typeof element === 'string' ? element : (JSON.stringify(element) ?? String(element));
}
