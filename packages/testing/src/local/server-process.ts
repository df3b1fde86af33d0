import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestCertificates } from '../certificates.js';
import { ServiceStartError, messageOf } from '../errors.js';
import { freePort } from '../free-port.js';
import { probe } from '../probe.js';
import { isStopped } from '../process-table.js';
import { forget, watchOver } from '../reaper.js';
import type { ServiceHandle, ServiceName } from '../service.js';
import type { ServerPorts, ServerRecipe } from './recipe.js';

/** For threads of a paused server to stand still; on a machine with too much to do each needs its turn for that. */
const STOP_TIMEOUT_MS = 10_000;
const HOST = '127.0.0.1';
const END_TIMEOUT_MS = 60_000;

/** How to run a server process. */
export interface ServerProcessOptions {
  /**
   * true: the server outlives this process and nothing ends it but `stop` or its pid. For a developer's shared set.
   * @default false: it dies with this process, however that ends
   */
  readonly detached?: boolean;
  /** Ports that others were told already. Where one is taken, `start` rejects. @default free ones */
  readonly ports?: ServerPorts;
}

/** A server as a process of this machine, in a data folder and on ports of its own. */
export class ServerProcess implements ServiceHandle {
  readonly source = 'process';
  readonly host = HOST;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private starts = 0;

  private constructor(
    private readonly recipe: ServerRecipe,
    /** The folder with its configuration, data and one log per start. */
    readonly dir: string,
    private readonly ports: ServerPorts,
    private readonly options: ServerProcessOptions,
  ) {}

  /** Prepares a folder, starts the server and resolves when it answers. A port taken meanwhile is replaced. */
  static async start(recipe: ServerRecipe, options: ServerProcessOptions = {}): Promise<ServerProcess> {
    for (let attempt = 1; ; attempt++) {
      const dir = await mkdtemp(join(tmpdir(), `millrace-${recipe.name}-`));
      const ports = options.ports ?? { client: await freePort(), internal: await freePort() };
      const server = new ServerProcess(recipe, dir, ports, options);
      try {
        await recipe.prepare(dir, server.ports);
        await server.launch();
        return server;
      } catch (error) {
        await server.discard();
        if (attempt === 3 || options.ports !== undefined || !isPortTaken(error)) throw error;
      }
    }
  }

  get name(): ServiceName {
    return this.recipe.name;
  }
  get port(): number {
    return this.ports.client;
  }
  get addresses(): readonly string[] {
    return [`${HOST}:${this.ports.client}`];
  }
  get certificates(): TestCertificates | undefined {
    return this.recipe.certificates?.(this.dir);
  }
  get pid(): number | undefined {
    return this.child?.pid;
  }
  get description(): string {
    return `${this.recipe.title}, local process ${this.pid ?? '(down)'}`;
  }

  /** Resolves when all of its threads stand still: until then one of them may answer. */
  async pause(): Promise<void> {
    await this.signal('SIGSTOP');
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (this.pid !== undefined && !isStopped(this.pid) && Date.now() < deadline) await delay(1);
  }

  resume(): Promise<void> {
    return this.signal('SIGCONT');
  }

  async kill(): Promise<void> {
    // Unreferenced children do not keep a script alive, not even one that waits for their end.
    this.child?.ref();
    this.child?.kill('SIGKILL');
    await this.exited;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  async stop(): Promise<void> {
    if (this.child && this.recipe.endsGracefully?.()) {
      this.child.ref();
      this.child.kill('SIGTERM');
      // A paused server would never see it.
      this.child.kill('SIGCONT');
      await Promise.race([this.exited, delay(END_TIMEOUT_MS, undefined, { ref: false })]);
      if (!this.child) await this.recipe.ended?.();
    }
    await this.discard();
  }

  private async discard(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    forget(this.dir);
  }

  private signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    if (!this.child) return Promise.reject(new Error(`${this.name} is down: ${signal} has nothing to act on`));
    this.child.kill(signal);
    return Promise.resolve();
  }

  private async launch(): Promise<void> {
    const log = join(this.dir, `output-${++this.starts}.log`);
    const [program, ...args] = this.recipe.command(this.dir, this.ports);
    const output = openSync(log, 'a');
    // A group of its own: Ctrl-C in the terminal is for the test runner, which ends its servers itself.
    const child = spawn(program ?? '', args, { cwd: this.dir, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    let ended: string | undefined;
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        ended = how;
        if (this.child === child) this.child = undefined;
        if (!this.options.detached) watchOver(this.dir, undefined);
        resolve();
      };
      child.once('exit', (code, signal) => end(`it ended with ${signal ?? `exit code ${code}`}`));
      child.once('error', (error) => end(`it could not be run: ${error.message}`));
    });
    this.child = child;
    child.unref();
    if (!this.options.detached) watchOver(this.dir, child.pid);
    await this.untilReady(log, () => ended);
  }

  private async untilReady(log: string, ended: () => string | undefined): Promise<void> {
    const deadline = Date.now() + this.recipe.startTimeoutMs;
    let missing = `no line of its log matched ${this.recipe.readyLine}`;
    for (;;) {
      const text = await readFile(log, 'utf8').catch(() => '');
      if (ended()) throw new ServiceStartError(this.name, ended() ?? '', tail(text));
      if (this.recipe.readyLine.test(text)) {
        try {
          await probe(this.name, HOST, this.port, undefined, this.certificates);
          await this.recipe.ready?.(HOST, this.port, this.certificates);
          return;
        } catch (error) {
          missing = messageOf(error);
        }
      }
      if (Date.now() > deadline) {
        await this.kill();
        throw new ServiceStartError(this.name, `after ${this.recipe.startTimeoutMs} ms ${missing}`, tail(text));
      }
      await delay(50);
    }
  }
}

/** Whether a start failed because somebody else took its port: another one may work. */
export function isPortTaken(error: unknown): boolean {
  return /address already in use|failed to bind|BindException/i.test(messageOf(error));
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-30).join('\n');
}
