import type { Clock, Logger } from '@millrace/core';
import { SetupError, silentLogger, systemClock } from '@millrace/core';

/** How many replicas must answer. Names as in CQL. */
export type Consistency =
  'ANY' | 'ONE' | 'TWO' | 'THREE' | 'QUORUM' | 'ALL' | 'LOCAL_QUORUM' | 'EACH_QUORUM' | 'LOCAL_ONE';

/** All consistency levels that a session accepts. */
export const consistencies: readonly Consistency[] = [
  'ANY',
  'ONE',
  'TWO',
  'THREE',
  'QUORUM',
  'ALL',
  'LOCAL_QUORUM',
  'EACH_QUORUM',
  'LOCAL_ONE',
];

/** TLS towards Cassandra. All texts are PEM, not file names. */
export interface CassandraTlsOptions {
  /** Certificates of the authorities to trust. @default those that Node trusts */
  readonly ca?: string;
  /** Certificate chain of this client, together with `key`. @default none */
  readonly cert?: string;
  /** Private key of `cert`. @default none */
  readonly key?: string;
  /**
   * Name that the nodes' certificates must carry. @default the address of the node, because nodes are found and connected
   * to by address: certificates without addresses in them are refused then.
   */
  readonly serverName?: string;
  /**
   * Refuse a server whose certificate is not signed by a trusted authority. @default true. With false anyone who can
   * redirect the connection reads the password.
   */
  readonly rejectUnauthorized?: boolean;
}

/** How to reach a Cassandra cluster. */
export interface CassandraOptions {
  /** Contact points, names or addresses, `host` or `host:port`; the other nodes are found through them. */
  readonly hosts: readonly string[];
  /** CQL port of contact points that name none, and of all nodes found. @default 9042 */
  readonly port?: number;
  /** Keyspace of statements that name none. @default none: statements name it */
  readonly keyspace?: string;
  /**
   * Data center whose nodes are asked; the others are never contacted. @default that of the first contact point, as the
   * cluster itself reports it. The wrong one: every request crosses the distance, and LOCAL_QUORUM counts replicas there.
   */
  readonly localDataCenter?: string;
  /** Consistency of statements that name none. @default 'LOCAL_QUORUM'. Lower: reads may miss acknowledged writes. */
  readonly consistency?: Consistency;
  /** @default none */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** True for TLS with Node's trusted authorities. @default no TLS */
  readonly tls?: boolean | CassandraTlsOptions;
  /** Milliseconds for a connection to be made. Too short: a distant node is never reached. @default 5000 */
  readonly connectTimeoutMs?: number;
  /**
   * Milliseconds to wait for an answer. Below the server's own limits (reads 5 s, writes 2 s by default) requests fail
   * here that would have succeeded there; much above, a dead node holds requests up. @default 6000
   */
  readonly readTimeoutMs?: number;
  /**
   * Milliseconds between attempts to reach a node that is down; constant and for ever. At most 5000, so that work goes
   * on within 10 s of its return. @default 500
   */
  readonly reconnectDelayMs?: number;
  /**
   * Requests without an answer at one time; more wait their turn in order. The driver refuses requests beyond 2,048 per
   * connection instead of queueing them, so 1,500 is the most allowed. Too low: throughput suffers. @default 256
   */
  readonly maxInFlight?: number;
  /** Rows of one page. Larger: more memory per read; smaller: more round trips. @default 1000 */
  readonly fetchSize?: number;
  /** @default silent */
  readonly logger?: Logger;
  /** @default the process's clock */
  readonly clock?: Clock;
}

/** Options with their defaults filled in. */
export interface ResolvedCassandraOptions {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly keyspace: string | undefined;
  readonly localDataCenter: string | undefined;
  readonly consistency: Consistency;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly tls: CassandraTlsOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly reconnectDelayMs: number;
  readonly maxInFlight: number;
  readonly fetchSize: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Fills in defaults and refuses what cannot work. @throws SetupError naming the option, its value and what is allowed */
export function resolveCassandraOptions(options: CassandraOptions): ResolvedCassandraOptions {
  const hosts = options.hosts.map((host) => host.trim());
  if (hosts.length === 0 || hosts.includes('')) throw refused('hosts', options.hosts, 'a list of names or addresses');
  const consistency = options.consistency ?? 'LOCAL_QUORUM';
  if (!consistencies.includes(consistency))
    throw refused('consistency', consistency, `one of ${consistencies.join(', ')}`);
  return {
    hosts,
    port: whole('port', options.port ?? 9042, 1, 65_535),
    keyspace: options.keyspace,
    localDataCenter: options.localDataCenter,
    consistency,
    credentials: options.credentials,
    tls: options.tls === true ? {} : options.tls === false ? undefined : options.tls,
    connectTimeoutMs: whole('connectTimeoutMs', options.connectTimeoutMs ?? 5000, 1, 2 ** 31 - 1),
    readTimeoutMs: whole('readTimeoutMs', options.readTimeoutMs ?? 6000, 1, 2 ** 31 - 1),
    reconnectDelayMs: whole('reconnectDelayMs', options.reconnectDelayMs ?? 500, 1, 5000),
    maxInFlight: whole('maxInFlight', options.maxInFlight ?? 256, 1, 1500),
    fetchSize: whole('fetchSize', options.fetchSize ?? 1000, 1, 100_000),
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
  };
}

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw refused(name, value, `a whole number from ${String(min)} to ${String(max)}`);
}

function refused(name: string, value: unknown, allowed: string): SetupError {
  return new SetupError(
    'ERR_CASSANDRA_OPTIONS',
    `cassandra option ${name} is ${JSON.stringify(value)}: it must be ${allowed}`,
  );
}
