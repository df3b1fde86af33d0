import { messageOf, SetupError, tlsRefusal } from '@millrace/core';

import { hostErrors, isError, rootMessage } from './errors.js';
import type { ResolvedCassandraOptions } from './options.js';

/** `host:port` of every contact point, with commas. */
export function addressOf(options: ResolvedCassandraOptions): string {
  return options.hosts
    .map((host) => (/^(\[.+\]|[^:]+):\d+$/.test(host) ? host : `${host}:${String(options.port)}`))
    .join(',');
}

/** The SetupError for an error that no retry can cure, undefined for every other. */
export function asSetupError(error: unknown, options: ResolvedCassandraOptions): SetupError | undefined {
  const address = addressOf(options);
  for (const cause of [error, ...hostErrors(error).map(([, inner]) => inner)]) {
    if (!isError(cause)) continue;
    const text = messageOf(cause);
    const setup = (code: string, message: string): SetupError => new SetupError(code, message, { cause: error });
    if (cause.name === 'AuthenticationError' && isRefusal(text)) {
      const user =
        options.credentials === undefined ? 'no credentials are set' : `user ${options.credentials.username}`;
      return setup('ERR_CASSANDRA_CREDENTIALS', `cassandra at ${address} refused the credentials (${user}): ${text}`);
    }
    if (cause.name === 'ArgumentError' && text.includes('localDataCenter')) {
      return setup('ERR_CASSANDRA_DATA_CENTER', `cassandra at ${address}: ${rootMessage(cause)}`);
    }
    if (cause.name === 'ResponseError' && /keyspace .* does not exist/i.test(text)) {
      return setup('ERR_CASSANDRA_KEYSPACE', `cassandra at ${address}: ${text}`);
    }
    const tls = tlsRefusal(cause);
    if (tls !== undefined) return setup('ERR_CASSANDRA_TLS', `cassandra at ${address}: TLS cannot be used: ${tls}`);
  }
  return undefined;
}

/** A node that cannot read its users' table for want of replicas also speaks of authentication: that one is retried. */
function isRefusal(text: string): boolean {
  return !/cannot achieve consistency|timed out|unable to perform authentication/i.test(text);
}
