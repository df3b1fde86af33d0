import { messageOf, sleep } from '@millrace/core';
import type { Clock } from '@millrace/core';
import type { Argument, RedisConnection } from '../connection.js';
import { RedisCommandError, RedisStateError, RedisUnavailableError, replyCode } from '../errors.js';
import type { Script } from './scripts.js';
import type { StateKeys } from './state-keys.js';

/** Refusals that end by themselves: a start, a failover, a script of somebody else's, memory that others give back. */
const PASSING = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNKILLABLE',
]);
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 1_000;

export interface StateConnectionOptions {
  readonly connection: RedisConnection;
  readonly clock: Clock;
  /** How long one call is tried, in milliseconds. */
  readonly retryTimeoutMs: number;
  /** Gives up when it aborts. */
  readonly signal: AbortSignal;
}

/** Calls that are tried again while Redis cannot be reached: every one of them may be sent twice. */
export class StateConnection {
  readonly #options: StateConnectionOptions;

  constructor(options: StateConnectionOptions) {
    this.#options = options;
  }

  /** @throws SetupError, ServiceUnavailableError */
  async connect(): Promise<void> {
    const { connection, retryTimeoutMs, signal } = this.#options;
    await connection.connect({ timeoutMs: retryTimeoutMs, signal });
  }

  /** Runs one of our scripts. @returns its answer, texts as bytes */
  async run(script: Script, keys: StateKeys, args: readonly Argument[]): Promise<unknown> {
    const rest: Argument[] = ['3', keys.meta, keys.entries, keys.stage, ...args];
    return this.#retry(`the script ${script.name}`, keys.meta, async () => {
      try {
        return await this.#options.connection.call('EVALSHA', [script.sha, ...rest]);
      } catch (error) {
        if (!(error instanceof Error) || replyCode(error.message) !== 'NOSCRIPT') throw error;
        return await this.#options.connection.call('EVAL', [script.text, ...rest]);
      }
    });
  }

  /** Runs one command. @returns its answer, texts as bytes */
  async call(name: string, key: string, args: readonly Argument[] = []): Promise<unknown> {
    return this.#retry(name, key, () => this.#options.connection.call(name, [key, ...args]));
  }

  /** Runs commands at one moment. @returns their answers, texts as bytes */
  async together(commands: readonly (readonly [name: string, ...args: Argument[]])[]): Promise<readonly unknown[]> {
    return this.#retry('MULTI', undefined, () => this.#options.connection.transaction(commands));
  }

  async #retry<T>(what: string, key: string | undefined, call: () => Promise<T>): Promise<T> {
    const { clock, retryTimeoutMs, signal } = this.#options;
    const begin = clock.monotonic();
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
      signal.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        const passes = error instanceof RedisUnavailableError || PASSING.has(replyCode(messageOf(error)));
        const left = retryTimeoutMs - (clock.monotonic() - begin);
        if (passes && left > 0) {
          await sleep(clock, Math.min(delay, left), signal);
          continue;
        }
        if (error instanceof RedisUnavailableError) throw new RedisStateError(what, key, retryTimeoutMs, error);
        throw new RedisCommandError(what, key, error instanceof Error ? error : new Error(messageOf(error)));
      }
    }
  }
}
