import { messageOf, ServiceUnavailableError } from '../errors.js';
import { freePort } from '../free-port.js';
import type { ServiceHandle } from '../service.js';
import { jvmObstacle, kafkaServer, resolveArtifacts } from './artifacts.js';
import { kafkaRecipe, randomClusterId } from './kafka.js';
import type { KafkaNode, KafkaProperties } from './kafka-properties.js';
import type { KafkaSecurity } from './kafka-security.js';
import { isPortTaken, ServerProcess } from './server-process.js';

/** How large the cluster is, and how its brokers are set up. */
export interface KafkaClusterOptions {
  /** Number of brokers, each a process that is a controller too. A majority must run, or the cluster decides nothing. */
  readonly brokers: number;
  /** Settings of every broker over ours. @default none */
  readonly properties?: KafkaProperties;
  /** What every broker asks of its clients; each has certificates of its own. @default nothing */
  readonly security?: KafkaSecurity;
  /** Memory of each broker's heap in MiB; a process takes about 100 more than it uses of it. @default 256 */
  readonly heapMiB?: number;
}

/** A running cluster. */
export interface KafkaCluster {
  /** `host:port` of every broker. */
  readonly addresses: readonly string[];
  /** By node: the first one has node id 1. Each may be paused, killed and restarted by itself. */
  readonly brokers: readonly ServiceHandle[];
  /** Ends all brokers and removes their data. */
  stop(): Promise<void>;
}

/** Why no cluster can be run here, undefined when one can. */
export function kafkaClusterObstacle(): string | undefined {
  return jvmObstacle(kafkaServer);
}

/**
 * Starts several Kafka brokers as processes of this machine, one cluster. Topics have as many copies as there are
 * brokers, three at most, of which all but one must be in sync for an acknowledgement: one broker may be lost. About
 * 150 MiB and three CPU seconds for each.
 *
 * `restart` of a broker resolves when it answers, which takes a majority of the others.
 *
 * @throws {ServiceUnavailableError} where a cluster cannot be run here; {ServiceStartError} with the log of the one
 *   that did not start, after the others were stopped
 */
export async function startKafkaCluster(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const obstacle = kafkaClusterObstacle();
  if (obstacle !== undefined) throw new ServiceUnavailableError('kafka', obstacle);
  for (let attempt = 1; ; attempt++) {
    const started = await startAll(options);
    if ('brokers' in started) return started;
    if (attempt === 3 || !isPortTaken(started.reason)) {
      throw started.reason instanceof Error ? started.reason : new Error(messageOf(started.reason));
    }
  }
}

async function startAll(options: KafkaClusterOptions): Promise<KafkaCluster | { readonly reason: unknown }> {
  const artifacts = await resolveArtifacts(kafkaServer, () => undefined);
  const nodes: KafkaNode[] = [];
  for (let id = 1; id <= options.brokers; id++) {
    nodes.push({ id, ports: { client: await freePort(), internal: await freePort() } });
  }
  const clusterId = randomClusterId();
  const starts = nodes.map(({ id, ports }) => {
    const { properties, security, heapMiB = 256 } = options;
    const recipe = kafkaRecipe(artifacts, { properties, security, heapMiB, membership: { id, nodes, clusterId } });
    return ServerProcess.start(recipe, { ports });
  });
  const outcomes = await Promise.allSettled(starts);
  const brokers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.stop()));
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await stop();
    return { reason: failed.reason };
  }
  return { addresses: brokers.flatMap((broker) => broker.addresses), brokers, stop };
}
