import { ConfigError } from '../errors.js';
import { canonicalNames } from './level.js';
import type { VariableTable } from './variable.js';

const PREFIX = 'MILLRACE_';

/** The environment variable of a configuration variable: upper case, dots and dashes as underscores. */
export function environmentName(name: string): string {
  return PREFIX + name.replace(/[.-]/g, '_').toUpperCase();
}

/** Names of environment variables to canonical names. @throws ConfigError where two variables share one */
export function environmentNames(variables: VariableTable): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [written, name] of canonicalNames(variables)) {
    const environment = environmentName(written);
    const taken = names.get(environment);
    if (taken !== undefined && taken !== name) {
      throw new ConfigError([`the job's variables ${taken} and ${name} share the environment variable ${environment}`]);
    }
    names.set(environment, name);
  }
  return names;
}

/** What Kubernetes injects for a service called `millrace` (MILLRACE_SERVICE_HOST, MILLRACE_PORT_80_TCP_ADDR...). */
const SERVICE_LINKS = /^MILLRACE_(?:.*_)?(?:SERVICE_(?:HOST|PORT)(?:_.*)?|PORT(?:_\d+_(?:TCP|UDP)(?:_.*)?)?)$/;

/**
 * `MILLRACE_REDIS_PORT=tcp://10.0.0.7:6379` is what Kubernetes injects for a service called millrace-redis: it is not
 * what somebody set `redis.port` to.
 */
export function isServiceLink(environment: string, value: string): boolean {
  return environment.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value);
}

/** Whether an unknown environment variable is worth a warning. */
export function looksLikeOurs(environment: string): boolean {
  return environment.startsWith(PREFIX) && !SERVICE_LINKS.test(environment) && !NOT_CONFIGURATION.test(environment);
}

/** Read elsewhere: by the tests' services, and where the configuration file is. */
const NOT_CONFIGURATION = /^MILLRACE_(?:SERVICES|CACHE_DIR|WORKER|TEST_.*|CONFIG_FILE_PATH)$/;
