import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A line that `child.mjs` writes. */
export interface Message {
  readonly event: 'open' | 'refused' | 'acknowledged';
  readonly n?: number;
  readonly code?: string;
  readonly message?: string;
}

/** A process of its own that works on a store through the built package, as programs do. */
export class StoreProcess {
  readonly #child: ChildProcess;
  readonly messages: Message[] = [];
  readonly #ended: Promise<number | null>;
  #changed: () => void = () => undefined;

  constructor(command: 'open' | 'write' | 'open-and-close', directory: string) {
    const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));
    if (!existsSync(built)) throw new Error('build first: npx tsc -b packages/embedded');
    const script = fileURLToPath(new URL('./child.mjs', import.meta.url));
    this.#child = spawn(process.execPath, [script, command, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on('line', (line) => {
      this.messages.push(JSON.parse(line) as Message);
      this.#changed();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        resolve(code);
        this.#changed();
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves when `condition` holds. @throws an error where the process ends before */
  async until(condition: (messages: readonly Message[]) => boolean): Promise<void> {
    let over = false;
    void this.#ended.then(() => (over = true));
    while (!condition(this.messages)) {
      if (over) throw new Error(`the process ended: ${JSON.stringify(this.messages.at(-1))}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  /** SIGKILL; resolves when it is gone and all it said is read. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Exit code. */
  async end(): Promise<number | null> {
    return this.#ended;
  }
}
