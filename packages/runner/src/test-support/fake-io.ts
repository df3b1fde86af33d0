import { fileURLToPath } from 'node:url';
import type { Io, StopSignal } from '../io.js';

/** A process for `main` inside the test's own: remembers what is written, sends signals when told. */
export class FakeIo implements Io {
  out = '';
  err = '';
  readonly stdout = { write: (text: string): unknown => (this.out += text) };
  readonly stderr = { write: (text: string): unknown => (this.err += text), isTTY: false };
  readonly cwd = fileURLToPath(new URL('../..', import.meta.url));
  readonly entry = undefined;
  readonly parent = undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly #listeners = new Set<(signal: StopSignal) => void>();

  constructor(env: Readonly<Record<string, string | undefined>> = {}) {
    this.env = env;
  }

  onSignal(listener: (signal: StopSignal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onFatal(): () => void {
    return () => undefined;
  }

  signal(signal: StopSignal): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  /** Whether anybody would notice a signal. */
  get listens(): boolean {
    return this.#listeners.size > 0;
  }

  /** Lines of standard error that are no JSON log lines: what a person is told. */
  get messages(): string[] {
    return this.err.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  }

  /** Log lines with this message. */
  logged(message: string): Record<string, unknown>[] {
    return this.err
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['msg'] === message);
  }
}

/** Resolves as soon as `condition` holds; looks at every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
