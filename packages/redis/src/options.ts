import type { Clock, Logger } from '@millrace/core';
import { SetupError, silentLogger, systemClock } from '@millrace/core';

/** TLS towards Redis. All texts are PEM, not file names. */
export interface RedisTlsOptions {
  /** Certificates of the authorities to trust. @default those that Node trusts */
  readonly ca?: string;
  /** Certificate chain of this client, together with `key`. @default none */
  readonly cert?: string;
  /** Private key of `cert`. @default none */
  readonly key?: string;
  /** Name that the server's certificate must carry. @default `host` */
  readonly serverName?: string;
  /**
   * Refuse a server whose certificate is not signed by a trusted authority. @default true. With false anyone who can
   * redirect the connection reads the password.
   */
  readonly rejectUnauthorized?: boolean;
}

/** How to reach one Redis server (6.2 or newer is tested; nothing newer than Redis 2.6 is asked of it). */
export interface RedisOptions {
  /** Host name or address. */
  readonly host: string;
  /** TCP port. @default 6379 */
  readonly port?: number;
  /** Database index. The wrong one reads as "every set is missing". @default 0 */
  readonly db?: number;
  /** ACL user (Redis 6 and newer). @default the `default` user */
  readonly username?: string;
  /** @default none */
  readonly password?: string;
  /** True for TLS with Node's trusted authorities. @default no TLS */
  readonly tls?: boolean | RedisTlsOptions;
  /**
   * Milliseconds for a TCP (and TLS) connection to be made. Too short: a distant server is never reached.
   * @default 5000
   */
  readonly connectTimeoutMs?: number;
  /**
   * Milliseconds without a byte from Redis while an answer is owed; then the connection is given up, everything in
   * flight on it fails, and a new one is made. Shorter than the server's longest pause (a fork, a slow script): healthy
   * connections are dropped. Longer: a dead peer is noticed later.
   * @default 5000
   */
  readonly commandTimeoutMs?: number;
  /**
   * Longest wait in milliseconds between two attempts to connect again; attempts go on for ever. At most 5000, so that
   * work resumes within 10 s of the server's return.
   * @default 1000
   */
  readonly maxReconnectDelayMs?: number;
  /** @default silent */
  readonly logger?: Logger;
  /** @default the process's clock */
  readonly clock?: Clock;
}

/** Options with their defaults filled in. */
export interface ResolvedRedisOptions {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: RedisTlsOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly maxReconnectDelayMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Fills in defaults and refuses what cannot work. @throws SetupError naming the option, its value and what is allowed */
export function resolveRedisOptions(options: RedisOptions): ResolvedRedisOptions {
  if (options.host.trim() === '') throw refused('host', options.host, 'a host name or address');
  if (options.username !== undefined && options.password === undefined) {
    throw new SetupError('ERR_REDIS_OPTIONS', 'redis option username is given without password: give both');
  }
  return {
    host: options.host,
    port: whole('port', options.port ?? 6379, 1, 65_535),
    db: whole('db', options.db ?? 0, 0, 2 ** 31 - 1),
    username: options.username,
    password: options.password,
    tls: options.tls === true ? {} : options.tls === false ? undefined : options.tls,
    connectTimeoutMs: whole('connectTimeoutMs', options.connectTimeoutMs ?? 5000, 1, 2 ** 31 - 1),
    commandTimeoutMs: whole('commandTimeoutMs', options.commandTimeoutMs ?? 5000, 1, 2 ** 31 - 1),
    maxReconnectDelayMs: whole('maxReconnectDelayMs', options.maxReconnectDelayMs ?? 1000, 1, 5000),
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
  };
}

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw refused(name, value, `a whole number from ${String(min)} to ${String(max)}`);
}

function refused(name: string, value: unknown, allowed: string): SetupError {
  return new SetupError('ERR_REDIS_OPTIONS', `redis option ${name} is ${JSON.stringify(value)}: it must be ${allowed}`);
}
