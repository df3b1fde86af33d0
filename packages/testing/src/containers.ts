import { setTimeout as delay } from 'node:timers/promises';
import { ServiceStartError, messageOf } from './errors.js';
import { fixedService } from './fixed-service.js';
import { formatHostPort } from './environment.js';
import { freePort } from './free-port.js';
import { probe } from './probe.js';
import type { ServiceHandle, ServiceName } from './service.js';

type Testcontainers = typeof import('testcontainers');
type Container = InstanceType<Testcontainers['GenericContainer']>;

const START_TIMEOUT_MS = 180_000;

const images: Record<ServiceName, string> = {
  kafka: 'apache/kafka:4.3.1',
  cassandra: 'cassandra:5.0',
  redis: 'redis:7',
};

/** A container runtime that answered. */
export interface ContainerRuntime {
  readonly library: Testcontainers;
  /** The host under which published ports can be reached. */
  readonly host: string;
}

/** The container runtime of this machine, or why there is none. testcontainers is loaded only here: it is optional. */
export async function findContainerRuntime(): Promise<ContainerRuntime | { readonly obstacle: string }> {
  let library: Testcontainers;
  try {
    library = await import('testcontainers');
  } catch (error) {
    return { obstacle: `testcontainers cannot be loaded: ${messageOf(error)}` };
  }
  try {
    const client = await library.getContainerRuntimeClient();
    return { library, host: client.info.containerRuntime.host };
  } catch (error) {
    return { obstacle: messageOf(error) };
  }
}

/** Starts a service in a container of its own; resolves when it answers in its protocol. `stop` removes the container. */
export async function startContainer(name: ServiceName, runtime: ContainerRuntime): Promise<ServiceHandle> {
  const { host, library } = runtime;
  const port = await freePort();
  const container = await configure(name, new library.GenericContainer(images[name]), host, port)
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await probe(name, host, port);
      break;
    } catch (error) {
      if (Date.now() > deadline) {
        await container.stop();
        throw new ServiceStartError(name, `its container: ${messageOf(error)}`, '');
      }
      await delay(250);
    }
  }
  const description = `${images[name]}, container ${container.getId().slice(0, 12)}`;
  return fixedService(
    { name, source: 'container', host, port, addresses: [formatHostPort({ host, port })], description },
    async () => {
      await container.stop();
    },
  );
}

function configure(name: ServiceName, container: Container, host: string, port: number): Container {
  switch (name) {
    case 'kafka':
      // The same port inside and outside: the address that clients are told must be known before the start.
      return container.withExposedPorts({ container: port, host: port }).withEnvironment(kafkaEnvironment(host, port));
    case 'cassandra':
      return container.withExposedPorts({ container: 9042, host: port }).withEnvironment({
        MAX_HEAP_SIZE: '768M',
        HEAP_NEWSIZE: '128M',
        CASSANDRA_DC: 'datacenter1',
        CASSANDRA_ENDPOINT_SNITCH: 'GossipingPropertyFileSnitch',
        JVM_EXTRA_OPTS: '-Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=0',
      });
    case 'redis':
      return container.withExposedPorts({ container: 6379, host: port });
  }
}

function kafkaEnvironment(host: string, port: number): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: `CLIENTS://0.0.0.0:${port},BROKER://localhost:19092,CONTROLLER://localhost:19093`,
    KAFKA_ADVERTISED_LISTENERS: `CLIENTS://${formatHostPort({ host, port })},BROKER://localhost:19092`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENTS:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'BROKER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:19093',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
  };
}
