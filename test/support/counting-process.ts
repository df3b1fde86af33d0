import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What `counting-job.mjs` is told. */
export interface CountingJob {
  readonly brokers: readonly string[];
  readonly redis: { readonly host: string; readonly port: number };
  readonly topic: string;
  readonly keyPrefix: string;
}

/** What it tells. */
export interface CountingEvent {
  readonly event: 'claimed' | 'count' | 'refused' | 'zombie wrote' | 'ended';
  readonly split?: string;
  readonly key?: string;
  readonly count?: number;
  readonly code?: string;
  readonly state?: string;
}

/** One process of the counting job. */
export class CountingProcess {
  readonly events: CountingEvent[] = [];
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #log = '';

  constructor(name: string, job: CountingJob) {
    const script = fileURLToPath(new URL('./counting-job.mjs', import.meta.url));
    this.#child = spawn(process.execPath, [script, JSON.stringify({ name, ...job })], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.events.push(JSON.parse(line) as CountingEvent);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** The last lines of its log. */
  get log(): string {
    return this.#log.slice(-6_000);
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Splits claimed since so many events. */
  claimedSince(from: number): Set<string | undefined> {
    const claims = this.events.slice(from).filter(({ event }) => event === 'claimed');
    return new Set(claims.map(({ split }) => split));
  }
}
