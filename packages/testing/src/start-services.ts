import { findContainerRuntime, startContainer } from './containers.js';
import { endpointVariables, endpointsFromEnvironment, formatHostPort, servicesMode } from './environment.js';
import { ServiceEnvironmentError, ServiceUnavailableError, messageOf } from './errors.js';
import { fixedService } from './fixed-service.js';
import type { CassandraSecurity } from './local/cassandra.js';
import type { KafkaProperties } from './local/kafka-properties.js';
import type { KafkaSecurity } from './local/kafka-security.js';
import type { RedisSecurity } from './local/redis.js';
import { processObstacle, startProcess } from './local/start-process.js';
import { probe } from './probe.js';
import {
  serviceSources,
  type ServiceHandle,
  type ServiceHandles,
  type ServiceName,
  type ServiceSource,
} from './service.js';

/** How to get services. */
export interface StartOptions {
  /**
   * Where they may come from; tried in the order environment, container, process.
   * Faults (pause, kill, restart) need `['process']`: with another source they reject.
   * @default all three
   */
  readonly sources?: readonly ServiceSource[];
  /**
   * true: local processes outlive this one; whoever starts them must end them by their pid.
   * @default false: they die with this process, also when it is killed
   */
  readonly detached?: boolean;
  /** Broker settings over ours, e.g. `{ 'message.max.bytes': 100000 }`. Local processes only. @default none */
  readonly kafkaProperties?: KafkaProperties;
  /** TLS and login of Kafka's clients. Local processes only. @default neither */
  readonly kafkaSecurity?: KafkaSecurity;
  /** TLS and login of Cassandra's clients. Local processes only. @default neither */
  readonly cassandraSecurity?: CassandraSecurity;
  /** TLS and login of Redis's clients. Local processes only. @default neither */
  readonly redisSecurity?: RedisSecurity;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets a line for each service: where it came from. @default silent */
  readonly log?: (line: string) => void;
}

/** Started services by name, and one call that stops them all. */
export type StartedServices<N extends ServiceName> = ServiceHandles<N> & { stop(): Promise<void> };

/**
 * Gives each named service from the first source that works, all of them started in parallel.
 *
 * Resolves when every one answers in its own protocol. Rejects with `ERR_SERVICE_UNAVAILABLE` (after stopping the
 * others) when one cannot be had, and with `ERR_SERVICE_ENVIRONMENT` when the environment names an endpoint that
 * does not answer: who names one wants that one and no other.
 */
export async function startServices<N extends ServiceName>(
  names: readonly N[],
  options: StartOptions = {},
): Promise<StartedServices<N>> {
  const outcomes = await Promise.allSettled(names.map((name) => startService(name, options)));
  const handles = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(handles.map((handle) => handle.stop()));
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const byName = Object.fromEntries(handles.map((handle) => [handle.name, handle])) as ServiceHandles<N>;
  return Object.assign(byName, { stop });
}

/** Gives one service; see `startServices`. */
export async function startService(name: ServiceName, options: StartOptions = {}): Promise<ServiceHandle> {
  const log = options.log ?? (() => undefined);
  const off = servicesMode(options.env) === 'off';
  const reasons: string[] = [];
  for (const source of serviceSources) {
    if (!(options.sources ?? serviceSources).includes(source)) continue;
    const outcome =
      off && source !== 'environment' ? 'MILLRACE_SERVICES=off' : await attempt(source, name, { ...options, log });
    if (typeof outcome !== 'string') {
      log(`${name}: ${outcome.description} at ${outcome.addresses.join(',')}`);
      return outcome;
    }
    reasons.push(`${source}: ${outcome}`);
  }
  throw new ServiceUnavailableError(name, reasons.join('; '));
}

/** The service from this source, or why the source cannot give it. */
async function attempt(
  source: ServiceSource,
  name: ServiceName,
  options: StartOptions & { readonly log: (line: string) => void },
): Promise<ServiceHandle | string> {
  if (source === 'environment') return fromEnvironment(name, options.env);
  try {
    if (source === 'container') {
      const runtime = await findContainerRuntime();
      return 'obstacle' in runtime ? runtime.obstacle : await startContainer(name, runtime);
    }
    return processObstacle(name, options.env) ?? (await startProcess(name, options));
  } catch (error) {
    return messageOf(error);
  }
}

async function fromEnvironment(name: ServiceName, env: NodeJS.ProcessEnv | undefined): Promise<ServiceHandle | string> {
  const endpoints = endpointsFromEnvironment(name, env);
  const [first] = endpoints ?? [];
  if (!endpoints || !first) return `${endpointVariables[name]} is not set`;
  try {
    await probe(name, first.host, first.port, 10_000);
  } catch (error) {
    throw new ServiceEnvironmentError(`${endpointVariables[name]}: ${messageOf(error)}`);
  }
  return fixedService({
    name,
    source: 'environment',
    ...first,
    addresses: endpoints.map(formatHostPort),
    description: `given by ${endpointVariables[name]}`,
  });
}
