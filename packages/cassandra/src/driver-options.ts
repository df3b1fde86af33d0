import type { DseClientOptions } from 'cassandra-driver';
import { auth, policies, types } from 'cassandra-driver';

import type { Consistency, ResolvedCassandraOptions } from './options.js';
import { BoundedRetryPolicy } from './retry-policy.js';

/** Timed-out requests on one connection before it is taken for dead and made again. */
const DEFUNCT_AFTER_TIMEOUTS = 8;
const HEARTBEAT_MS = 5000;

/** The driver's number for a consistency level. */
export function driverConsistency(consistency: Consistency): number {
  const levels: Readonly<Record<Consistency, number>> = {
    ANY: types.consistencies.any,
    ONE: types.consistencies.one,
    TWO: types.consistencies.two,
    THREE: types.consistencies.three,
    QUORUM: types.consistencies.quorum,
    ALL: types.consistencies.all,
    LOCAL_QUORUM: types.consistencies.localQuorum,
    EACH_QUORUM: types.consistencies.eachQuorum,
    LOCAL_ONE: types.consistencies.localOne,
  };
  return levels[consistency];
}

/** Options that discovery and the session have in common. */
export function connectionOptions(options: ResolvedCassandraOptions): DseClientOptions {
  const { tls, credentials } = options;
  return {
    contactPoints: [...options.hosts],
    protocolOptions: { port: options.port },
    socketOptions: {
      connectTimeout: options.connectTimeoutMs,
      readTimeout: options.readTimeoutMs,
      // A host that vanished without a FIN is noticed by these two, not by TCP.
      defunctReadTimeoutThreshold: DEFUNCT_AFTER_TIMEOUTS,
      keepAlive: true,
    },
    ...(credentials === undefined
      ? {}
      : { authProvider: new auth.PlainTextAuthProvider(credentials.username, credentials.password) }),
    ...(tls === undefined
      ? {}
      : {
          sslOptions: {
            rejectUnauthorized: tls.rejectUnauthorized ?? true,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          },
        }),
  };
}

/** Options of the client that does the work. */
export function sessionOptions(options: ResolvedCassandraOptions, localDataCenter: string): DseClientOptions {
  return {
    ...connectionOptions(options),
    localDataCenter,
    ...(options.keyspace === undefined ? {} : { keyspace: options.keyspace }),
    policies: {
      // Constant: with an exponential schedule an outage of a minute costs another minute after it is over.
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(options.reconnectDelayMs),
      retry: new BoundedRetryPolicy(),
    },
    pooling: { heartBeatInterval: HEARTBEAT_MS },
    queryOptions: {
      consistency: driverConsistency(options.consistency),
      fetchSize: options.fetchSize,
      prepare: true,
      isIdempotent: true,
    },
    encoding: {
      // A plain object loses the key `__proto__`.
      map: Map,
      set: Set,
      // WRITETIME and USING TIMESTAMP are 64-bit.
      useBigIntAsLong: true,
      useUndefinedAsUnset: true,
    },
  };
}
