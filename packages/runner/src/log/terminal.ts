import type { Output } from '../io.js';

/** Standard error: log lines above one line that is written over and over, where it is a terminal. */
export interface Terminal {
  /** A whole line with its line feed. */
  line(text: string): void;
  /** Replaces the progress line; no effect where it is not a terminal. */
  progress(text: string): void;
  /** Takes the progress line away. */
  clear(): void;
}

/** The library that rewrites lines is loaded only where there is a terminal. */
export async function createTerminal(output: Output): Promise<Terminal> {
  if (output.isTTY !== true) {
    return { line: (text) => void output.write(text), progress: () => undefined, clear: () => undefined };
  }
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(output as unknown as NodeJS.WriteStream, { showCursor: true });
  let current = '';
  return {
    line(text) {
      if (current === '') output.write(text);
      else {
        update.clear();
        output.write(text);
        update(current);
      }
    },
    progress(text) {
      current = text;
      update(text);
    },
    clear() {
      if (current !== '') update.clear();
      update.done();
      current = '';
    },
  };
}
