import { ServiceEnvironmentError } from './errors.js';
import type { ServiceName } from './service.js';

/** The variable that gives an endpoint for each service. */
export const endpointVariables: Record<ServiceName, string> = {
  kafka: 'MILLRACE_TEST_KAFKA',
  cassandra: 'MILLRACE_TEST_CASSANDRA',
  redis: 'MILLRACE_TEST_REDIS',
};

/**
 * What `MILLRACE_SERVICES` asks for.
 *
 * - `auto` (unset): start what can be had, skip and report the rest.
 * - `required`: a service that cannot be had is a failure, for CI.
 * - `off`: start nothing; only endpoints in the environment count.
 */
export type ServicesMode = 'auto' | 'required' | 'off';

/** Reads `MILLRACE_SERVICES`; rejects values that are none of the three. */
export function servicesMode(env: NodeJS.ProcessEnv = process.env): ServicesMode {
  const value = env['MILLRACE_SERVICES'] ?? '';
  if (value === '' || value === 'auto') return 'auto';
  if (value === 'required' || value === 'off') return value;
  throw new ServiceEnvironmentError(`MILLRACE_SERVICES is "${value}"; use auto, required or off`);
}

/** Host and port of one address. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * The endpoints that the environment gives for a service, undefined when its variable is unset or empty.
 * `host:port`, IPv6 as `[::1]:9092`; a comma-separated list for Kafka only.
 */
export function endpointsFromEnvironment(
  name: ServiceName,
  env: NodeJS.ProcessEnv = process.env,
): readonly HostPort[] | undefined {
  const variable = endpointVariables[name];
  const text = (env[variable] ?? '').trim();
  if (text === '') return undefined;
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > 1 && name !== 'kafka') {
    throw new ServiceEnvironmentError(`${variable}="${text}" has ${parts.length} addresses; give one host:port`);
  }
  return parts.map((part) => parseHostPort(part, variable));
}

function parseHostPort(text: string, variable: string): HostPort {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match?.[1] || port < 1 || port > 65_535) {
    throw new ServiceEnvironmentError(`${variable}: "${text}" is not host:port`);
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

/** `host:port`, with brackets round an IPv6 host. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
