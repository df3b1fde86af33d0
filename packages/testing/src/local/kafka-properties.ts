import { join } from 'node:path';
import type { ServerPorts } from './recipe.js';

/** Settings of the broker, `server.properties`. */
export type KafkaProperties = Readonly<Record<string, string | number | boolean>>;

/** One node of a cluster, as the others know it. */
export interface KafkaNode {
  /** From 1 on. */
  readonly id: number;
  readonly ports: ServerPorts;
}

/** What a node is told of the cluster that it belongs to. */
export interface KafkaMembership {
  readonly id: number;
  readonly nodes: readonly KafkaNode[];
  /** 16 bytes in URL-safe base64. */
  readonly clusterId: string;
}

/** The listener that clients use; it is called so whatever it speaks. */
export const CLIENT_LISTENER = 'PLAINTEXT';

/** Settings that all our brokers have, security aside: a node that is broker and controller, quick to start and to stop. */
export function brokerProperties(dir: string, { id, nodes }: KafkaMembership, protocol: string): KafkaProperties {
  const ports = nodes.find((node) => node.id === id)!.ports;
  const copies = Math.min(3, nodes.length);
  const inSync = Math.max(1, copies - 1);
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': nodes
      .map((node) => `${String(node.id)}@127.0.0.1:${String(node.ports.internal)}`)
      .join(','),
    listeners: `${CLIENT_LISTENER}://127.0.0.1:${ports.client},CONTROLLER://127.0.0.1:${ports.internal}`,
    'advertised.listeners': `${CLIENT_LISTENER}://127.0.0.1:${ports.client}`,
    'listener.security.protocol.map': `${CLIENT_LISTENER}:${protocol},CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': CLIENT_LISTENER,
    'log.dirs': join(dir, 'data'),
    // A job that needs a topic must say that it is missing; with auto-creation no test could see that.
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    // A first group join takes 0.15 s instead of 4.7 s.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    // With the default of 9 s a restart on the same data waits for the old session to expire: 12 s instead of 2.5 s.
    'broker.session.timeout.ms': 1500,
    'broker.heartbeat.interval.ms': 250,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'log.segment.bytes': 16_777_216,
  };
}

/** The text of `server.properties`. */
export function formatProperties(properties: KafkaProperties): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
}
