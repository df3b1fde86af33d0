import { messageOf, ServiceUnavailableError, sleep } from '@millrace/core';
import type { RedisOptions as ClientOptions } from 'ioredis';
import { Redis } from 'ioredis';

import { asSetupError } from './connect-error.js';
import type { CommandExecutor, CommandGroup, Reply } from './commands.js';
import { RedisUnavailableError } from './errors.js';
import type { RedisOptions, ResolvedRedisOptions } from './options.js';
import { resolveRedisOptions } from './options.js';
import { execPipeline, isReplyError } from './pipeline.js';

/** Of a command that is sent as it is: text as UTF-8, bytes as they are. */
export type Argument = string | Buffer;

const FIRST_RECONNECT_DELAY_MS = 50;
const CLOSE_TIMEOUT_MS = 1000;

/**
 * One connection to one Redis server that fails fast and comes back by itself.
 *
 * While there is no connection every command fails at once (nothing is queued, nothing is sent again behind the
 * caller's back: the operators retry), and a new attempt to connect is made at least every `maxReconnectDelayMs`, for
 * ever. A server that stops answering is given up after `commandTimeoutMs`.
 */
export class RedisConnection implements CommandExecutor {
  readonly #options: ResolvedRedisOptions;
  readonly #client: Redis;
  #lastError: Error | undefined;
  #up = false;
  #opened = false;
  #closed = false;

  /** Does no I/O; `connect` does. @throws SetupError for options that cannot work */
  constructor(options: RedisOptions) {
    this.#options = resolveRedisOptions(options);
    this.#client = new Redis(clientOptions(this.#options));
    this.#listen();
  }

  /** `host:port`. */
  get address(): string {
    return `${this.#options.host}:${String(this.#options.port)}`;
  }

  /**
   * Resolves when Redis answers and serves the chosen database with these credentials; tries until then.
   *
   * @param options.timeoutMs how long to try, in milliseconds
   * @param options.signal gives up when it aborts
   * @throws ServiceUnavailableError after `timeoutMs`, with the address and the last error
   * @throws SetupError at once for refused credentials, no permission, a database index that does not exist, a
   *   certificate that cannot be used
   * @throws the abort reason of `signal`
   */
  async connect({ timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }): Promise<void> {
    const { clock } = this.#options;
    const begin = clock.monotonic();
    if (!this.#opened) {
      this.#opened = true;
      // Its rejection says only "Connection is closed."; the reason comes as an 'error' event, and attempts go on.
      this.#client.connect().catch(() => undefined);
    }
    for (;;) {
      signal?.throwIfAborted();
      if (this.#closed) throw new RedisUnavailableError(this.address, new Error('the connection was closed'));
      const problem = await this.#probe();
      if (problem === undefined) return;
      const setup = asSetupError(problem, this.address, this.#options.db);
      if (setup !== undefined) throw setup;
      const waited = clock.monotonic() - begin;
      if (waited >= timeoutMs) throw new ServiceUnavailableError('redis', this.address, timeoutMs, problem);
      await sleep(clock, Math.min(50, timeoutMs - waited), signal);
    }
  }

  /** @inheritdoc */
  async exec(groups: readonly CommandGroup[]): Promise<readonly (readonly Reply[])[]> {
    if (!this.#up) throw new RedisUnavailableError(this.address, this.#lastError ?? new Error('not connected'));
    try {
      return await execPipeline(this.#client, groups);
    } catch (error) {
      throw new RedisUnavailableError(this.address, this.#lastError ?? error);
    }
  }

  /**
   * Sends one command whose answer may be any bytes: texts in it are Buffers.
   *
   * @throws RedisUnavailableError when no answer came, an Error whose message is Redis's where it refused
   */
  async call(name: string, args: readonly Argument[]): Promise<unknown> {
    return this.#answered(this.#client.callBuffer(name, [...args]));
  }

  /**
   * Sends commands that are carried out at one moment (MULTI). Answers as `call` gives them.
   *
   * @throws RedisUnavailableError when not every answer came, an Error whose message is Redis's where it refused one
   */
  async transaction(commands: readonly (readonly [name: string, ...args: Argument[]])[]): Promise<readonly unknown[]> {
    const pipeline = this.#client.multi();
    for (const [name, ...args] of commands) pipeline.callBuffer(name, ...args);
    const answers = (await this.#answered(pipeline.exec())) ?? [];
    const refused = answers.find(([error]) => error !== null);
    if (refused?.[0]) throw refused[0];
    return answers.map(([, answer]) => answer);
  }

  async #answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof Error && isReplyError(error)) throw error;
      throw new RedisUnavailableError(this.address, this.#lastError ?? error);
    }
  }

  /** Lets what is in flight end for at most a second, then disconnects. Never rejects; may be called again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#up) {
      const cancelTimer = new AbortController();
      const timeout = sleep(this.#options.clock, CLOSE_TIMEOUT_MS, cancelTimer.signal).catch(() => undefined);
      await Promise.race([this.#client.quit().catch(() => undefined), timeout]);
      cancelTimer.abort();
    }
    this.#client.disconnect();
  }

  /** Why Redis is not usable now, undefined when it is. */
  async #probe(): Promise<Error | undefined> {
    if (!this.#up) return this.#lastError ?? new Error('no answer yet');
    try {
      await this.#client.ping();
      return undefined;
    } catch (error) {
      const problem = error instanceof Error ? error : new Error(messageOf(error));
      // A user without PING may still read sets; LOADING and MASTERDOWN end by themselves.
      if (isReplyError(problem) && problem.message.startsWith('NOPERM')) return undefined;
      return problem;
    }
  }

  #listen(): void {
    const { logger, db } = this.#options;
    const client = this.#client;
    const fields = { address: this.address };
    client.on('error', (error: Error & { command?: { name: string } }) => {
      const command = error.command?.name.toLowerCase();
      // The client notes the command with its arguments: of AUTH they are the password, and errors get printed.
      delete error.command;
      this.#lastError = error;
      // The client goes on after a refused SELECT and would read database 0, where every set is missing.
      if (command === 'select') client.disconnect(true);
    });
    client.on('ready', () => {
      if (client.stream.writable) {
        this.#up = true;
        this.#lastError = undefined;
        logger.info({ ...fields, db }, 'redis connected');
      }
    });
    client.on('close', () => {
      if (this.#up && !this.#closed) {
        logger.warn(
          { ...fields, error: messageOf(this.#lastError ?? new Error('connection closed')) },
          'redis connection lost',
        );
      }
      this.#up = false;
      this.#lastError ??= new Error('the connection was closed');
    });
    client.on('end', () => {
      if (this.#closed) return;
      // Reached where a connection could not even be begun (the client gives up then); go on all the same.
      this.#options.clock.setTimer(this.#options.maxReconnectDelayMs, () => {
        if (!this.#closed) client.connect().catch(() => undefined);
      });
    });
  }
}

function clientOptions(options: ResolvedRedisOptions): ClientOptions {
  const { tls } = options;
  return {
    host: options.host,
    port: options.port,
    db: options.db,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(tls === undefined ? {} : { tls: { ...tls, ...serverName(options) } }),
    lazyConnect: true,
    connectTimeout: options.connectTimeoutMs,
    disconnectTimeout: CLOSE_TIMEOUT_MS,
    retryStrategy: (attempt) =>
      Math.min(FIRST_RECONNECT_DELAY_MS * 2 ** Math.min(attempt - 1, 10), options.maxReconnectDelayMs),
    // Fail at once while disconnected, and fail what was in flight when the connection was lost: no hidden queue
    // that grows during an outage, no command that is executed after its caller has given up.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A timeout per command would leave the dead connection in place and its queue would grow with every retry.
    socketTimeout: options.commandTimeoutMs,
    // READONLY: this server is no longer the primary; the name may lead to another one now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    // RESP2 needs no HELLO (old servers, restricted users), and plain AUTH gives plain answers.
    protocol: 2,
    // INFO may be forbidden to a restricted user, and LOADING comes back as an error of the command itself.
    enableReadyCheck: false,
    disableClientInfo: true,
    connectionName: 'millrace',
  };
}

/** SNI and the checked name; an IP address cannot be an SNI name. */
function serverName(options: ResolvedRedisOptions): { servername?: string } {
  const name = options.tls?.serverName ?? (/^[\d.]+$|:/.test(options.host) ? undefined : options.host);
  return name === undefined ? {} : { servername: name };
}
