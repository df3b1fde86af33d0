import { randomUUID } from 'node:crypto';
import type { Clock, StateBackend, StateClaim, StateOwner, StateReader } from '@millrace/core';
import { failPoint, SetupError, systemClock } from '@millrace/core';
import { RedisConnection } from '../connection.js';
import type { RedisOptions } from '../options.js';
import { RedisStateClaim } from './redis-state-claim.js';
import { CLAIM } from './scripts.js';
import { StateConnection } from './state-connection.js';
import { ownersKey, stateKeys } from './state-keys.js';
import type { StateKeys } from './state-keys.js';
import { decodeSnapshot, loadEntries, loadMoment } from './state-loader.js';
import { StateScripts } from './state-scripts.js';
import type { ScriptLimits } from './state-scripts.js';

/** Where and how state is kept on Redis. */
export interface RedisStateBackendOptions {
  /**
   * How to reach Redis, for a connection of the backend's own that `close` ends; or a connection of the caller's, which
   * stays open and on which the caller's other commands wait while state is read and written.
   */
  readonly connection: RedisOptions | RedisConnection;
  /**
   * Before every key. Jobs of one name under one prefix are one job and share their state: installations that share a
   * server need prefixes of their own. Without braces, which decide about a key's place in a cluster.
   * @default 'millrace:'
   */
  readonly keyPrefix?: string;
  /**
   * Milliseconds that one step is tried while Redis cannot be reached or refuses for the moment (LOADING, OOM, a
   * failover); then the claim or the checkpoint fails. The job takes no records meanwhile. Shorter than a failover takes:
   * every failover costs a restart of the job.
   * @default 60_000
   */
  readonly retryTimeoutMs?: number;
  /**
   * Entries that one script changes at most; larger checkpoints go in several steps and are atomic all the same. Larger:
   * other clients of the server wait longer (5,000 are some 10 ms); smaller: more round trips.
   * @default 5_000
   */
  readonly maxScriptEntries?: number;
  /** The same in bytes of keys and values. @default 2_097_152 (2 MiB) */
  readonly maxScriptBytes?: number;
  /** For waits between attempts. @default the process's clock */
  readonly clock?: Clock;
}

/**
 * Keeps state on one Redis server, for jobs that run in many processes: a task's state follows its partitions. Whoever
 * claims a task's state voids the claims before, and what an earlier owner writes from then on is refused
 * (`StateFencedError`): every write is a script that looks at the owner first. The state of the tasks that a process owns
 * is in its memory, read at the claim; a checkpoint writes what has changed, in one step.
 *
 * An acknowledged checkpoint is as durable as the server's own writes are (`appendonly yes`). Redis must evict nothing
 * (`maxmemory-policy noeviction`).
 *
 * @throws SetupError for options that cannot work
 */
export function redisStateBackend(options: RedisStateBackendOptions): StateBackend {
  return new RedisStateBackend(options);
}

class RedisStateBackend implements StateBackend {
  readonly #redis: RedisConnection;
  readonly #isOwn: boolean;
  readonly #connection: StateConnection;
  readonly #prefix: string;
  readonly #limits: ScriptLimits;
  readonly #closing = new AbortController();
  #connected: Promise<void> | undefined;

  constructor(options: RedisStateBackendOptions) {
    const { connection, keyPrefix = 'millrace:' } = options;
    if (/[{}]|\p{Surrogate}/u.test(keyPrefix)) {
      throw refused('keyPrefix', keyPrefix, 'well-formed text without braces');
    }
    this.#prefix = keyPrefix;
    this.#limits = {
      entries: positive('maxScriptEntries', options.maxScriptEntries ?? 5_000),
      bytes: positive('maxScriptBytes', options.maxScriptBytes ?? 2 * 2 ** 20),
    };
    this.#isOwn = !(connection instanceof RedisConnection);
    this.#redis = connection instanceof RedisConnection ? connection : new RedisConnection(connection);
    this.#connection = new StateConnection({
      connection: this.#redis,
      clock: options.clock ?? systemClock,
      retryTimeoutMs: positive('retryTimeoutMs', options.retryTimeoutMs ?? 60_000),
      signal: this.#closing.signal,
    });
  }

  async claim(owner: StateOwner): Promise<StateClaim> {
    await this.#connect();
    const keys = stateKeys(this.#prefix, owner);
    const name = JSON.stringify([owner.jobName, owner.source, owner.split]);
    // First, so that no state is ever without its name; `owners` leaves out who has not written.
    await this.#connection.call('SADD', ownersKey(this.#prefix, owner.jobName), [name]);
    const { token, found } = await this.#raiseEpoch(keys, name);
    failPoint('redis-state-claimed');
    const [positions, meta, pending] = found;
    const scripts = new StateScripts(this.#connection, keys, owner.split, token, this.#limits);
    if (pending) await scripts.finishMove();
    // Nobody else can write any more: page by page is one moment.
    const entries = await loadEntries(this.#connection, keys);
    return new RedisStateClaim(scripts, decodeSnapshot(keys, positions, meta), entries);
  }

  /** One claim follows another: of two at once the second begins again, and voids the first. */
  async #raiseEpoch(keys: StateKeys, name: string): Promise<{ token: string; found: (Buffer | null)[] }> {
    for (;;) {
      const token = randomUUID();
      const before = (await this.#connection.call('HGET', keys.meta, ['epoch'])) as Buffer | null;
      const found = await this.#connection.run(CLAIM, keys, [token, name, before ?? '0']);
      if (found !== null) return { token, found: found as (Buffer | null)[] };
    }
  }

  async owners(jobName: string): Promise<readonly StateOwner[]> {
    await this.#connect();
    const names = (await this.#connection.call('SMEMBERS', ownersKey(this.#prefix, jobName))) as Buffer[];
    const owners: StateOwner[] = [];
    for (const name of names) {
      const [, source, split] = JSON.parse(name.toString()) as [string, string, string];
      const owner = { jobName, source, split };
      const { meta } = stateKeys(this.#prefix, owner);
      if (Number(await this.#connection.call('HEXISTS', meta, ['positions'])) === 1) owners.push(owner);
    }
    return owners;
  }

  async read(owner: StateOwner): Promise<StateReader | undefined> {
    await this.#connect();
    const loaded = await loadMoment(this.#connection, stateKeys(this.#prefix, owner));
    if (loaded === undefined) return undefined;
    const { snapshot, entries } = loaded;
    return { snapshot, get: (key) => entries.get(key), scan: (prefix, after) => entries.scan(prefix, after) };
  }

  /** Gives up what is being tried; ends the connection if it is the backend's own. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the state backend was closed'));
    if (this.#isOwn) await this.#redis.close();
  }

  async #connect(): Promise<void> {
    this.#connected ??= this.#connection.connect();
    try {
      await this.#connected;
    } catch (error) {
      this.#connected = undefined;
      throw error;
    }
  }
}

function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
  throw refused(name, value, 'a whole number from 1 to 2147483647');
}

function refused(name: string, value: unknown, allowed: string): SetupError {
  return new SetupError(
    'ERR_REDIS_OPTIONS',
    `redis state option ${name} is ${JSON.stringify(value)}: it must be ${allowed}`,
  );
}
