import { systemClock, type Logger } from '@millrace/core';
import { Registry } from 'prom-client';
import type { CommandOptions, Invocation } from '../cli/invocation.js';
import type { EffectiveConfig } from '../config/effective-config.js';
import { showValue } from '../config/effective-config.js';
import { loadConfig } from '../config/load-config.js';
import type { runnerVariables } from '../config/shared/runner-variables.js';
import { ConfigError, UsageError } from '../errors.js';
import type { Io } from '../io.js';
import type { LoadedJob } from '../job/load-job.js';
import type { JobContext } from '../job-definition.js';
import { createLogger, masker } from '../log/create-logger.js';
import { createTerminal, type Terminal } from '../log/terminal.js';
import { PrometheusMetrics } from '../metrics/prometheus-metrics.js';

/** Everything a command works with. */
export interface Session {
  /** The command line, to start it again in other processes. */
  readonly argv: readonly string[];
  readonly io: Io;
  readonly job: LoadedJob;
  readonly options: CommandOptions;
  readonly config: EffectiveConfig;
  readonly logger: Logger;
  readonly terminal: Terminal;
  readonly registry: Registry;
  readonly context: JobContext;
  /** Replaces secrets in texts for people. */
  readonly mask: (text: string) => string;
}

/** The runner's own variables are part of every job's. */
export function runnerConfig(session: Pick<Session, 'config'>): EffectiveConfig<typeof runnerVariables> {
  return session.config;
}

/**
 * Reads the configuration and makes what the command works with. Nothing is connected.
 *
 * @throws ConfigError
 */
export async function openSession(
  io: Io,
  argv: readonly string[],
  job: LoadedJob,
  { options, assignments }: Pick<Invocation, 'options' | 'assignments'>,
): Promise<Session> {
  const file = options.config ?? (io.env['MILLRACE_CONFIG_FILE_PATH'] || undefined);
  const config = await loadConfig(job.variables, { flags: assignments, environment: io.env, file, cwd: io.cwd });
  const problems = job.definition.check?.(config) ?? [];
  if (problems.length > 0) throw new ConfigError(problems);
  const terminal = await createTerminal(io.stderr);
  const secrets = config.secrets();
  const logger = createLogger({
    format: options.logFormat ?? (io.stderr.isTTY === true ? 'pretty' : 'json'),
    level: options.logLevel ?? 'info',
    job: job.definition.name,
    worker: io.parent?.worker,
    secrets,
    write: (line) => terminal.line(line),
  });
  const registry = new Registry();
  const metrics = new PrometheusMetrics(registry).group({ job: job.definition.name });
  const context: JobContext = { config, embedded: options.embedded, clock: systemClock, logger, metrics };
  return { io, argv, job, options, config, logger, terminal, registry, context, mask: masker(secrets) };
}

/**
 * A job on Kafka needs to be told where its data is.
 *
 * @throws UsageError, one line that names both ways
 */
export function requireBackend({ job, config, options }: Session): void {
  if (options.embedded !== undefined || !config.has('kafka.broker-servers')) return;
  const brokers = (config as EffectiveConfig<Record<string, never>>).get('kafka.broker-servers') as unknown;
  if (Array.isArray(brokers) && brokers.length > 0) return;
  throw new UsageError(
    `${job.argument} does not know where its data is: give --embedded DIR (no servers) ` +
      'or set kafka.broker-servers (for instance --kafka.broker-servers localhost:9092)',
  );
}

/** Says once what of the configuration has no effect. */
export function logNotices({ config, logger }: Session): void {
  for (const { where, names } of config.notices.unknown) {
    logger.warn({ where, names: names.join(', ') }, 'configuration that this job does not use');
  }
  const without = config.notices.withoutEffect;
  if (without.length > 0) {
    const values = without.map((entry) => `${entry.name}=${showValue(entry)}`).join(', ');
    logger.warn({ values }, 'accepted without effect');
  }
}
