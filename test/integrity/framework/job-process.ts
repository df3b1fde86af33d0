import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cliPath } from '../../support/cli.js';
import { planting } from './planting.js';

/** How a process of the job is started. */
export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself, e.g. `--import`. */
  readonly nodeArgs?: readonly string[];
  /** A command in front of Node, e.g. one that fakes the clock. */
  readonly wrapper?: readonly string[];
  /** What Node runs. @default the command `millrace` */
  readonly script?: string;
  /** Names of `planted/defects.mjs`. */
  readonly defects?: readonly string[];
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What `/health/ready` says. */
export interface Health {
  readonly ok: boolean;
  readonly reasons: readonly string[];
  readonly splits?: readonly {
    readonly split: string;
    readonly settled?: number;
    readonly committed?: number;
    readonly inFlight: number;
  }[];
}

/** Small, so that memory that grows is found out soon: the process dies of it. */
const HEAP_MIB = 160;

/** A real process of the job, as installed: `millrace run reconciliation`, or another script. */
export class JobProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  readonly httpPort: number;
  /** Set by whoever ends the process on purpose: nobody then wonders at its exit code. */
  expectedEnd: 'none' | 'killed' | 'any' = 'none';
  #end: ProcessEnd | undefined;
  #stdout = '';
  #stderr = '';
  #peakMiB = 0;
  readonly #sampling: NodeJS.Timeout;

  constructor(args: readonly string[], httpPort: number, own: ProcessOptions = {}) {
    const options = planting(own);
    this.httpPort = httpPort;
    const [program = process.execPath, ...rest] = [
      ...(options.wrapper ?? []),
      process.execPath,
      `--max-old-space-size=${String(HEAP_MIB)}`,
      ...(options.nodeArgs ?? []),
      options.script ?? cliPath,
      ...args,
    ];
    this.child = spawn(program, rest, {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.#stdout += chunk));
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.#stderr += chunk));
    this.#sampling = setInterval(() => this.#sample(), 250);
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        clearInterval(this.#sampling);
        this.#end = { code, signal };
        resolve(this.#end);
      });
    });
    this.ended.catch(() => clearInterval(this.#sampling));
  }

  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Largest resident size that was seen. */
  get peakMiB(): number {
    return this.#peakMiB;
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.expectedEnd === 'none') this.expectedEnd = 'killed';
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** SIGTERM. Resolves when it has ended. */
  async stop(): Promise<ProcessEnd> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** Undefined while it does not listen. */
  async health(): Promise<Health | undefined> {
    try {
      const url = `http://127.0.0.1:${String(this.httpPort)}/health/ready`;
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      return (await response.json()) as Health;
    } catch {
      return undefined;
    }
  }

  #sample(): void {
    try {
      const status = readFileSync(`/proc/${String(this.child.pid)}/status`, 'utf8');
      const kib = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      this.#peakMiB = Math.max(this.#peakMiB, Math.round(kib / 1_024));
    } catch {
      // It is gone.
    }
  }
}
