import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JvmArtifacts } from './artifacts.js';
import type { ServerPorts, ServerRecipe } from './recipe.js';

const log4j = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders><Console name="out"><PatternLayout pattern="%d{HH:mm:ss.SSS} %p %c{1} %m%n"/></Console></Appenders>
  <Loggers><Root level="INFO"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
`;

/** Settings of the broker, `server.properties`. */
export type KafkaProperties = Readonly<Record<string, string | number | boolean>>;

/** One KRaft node that is broker and controller, from Kafka's published jars. `properties` win over ours. */
export function kafkaRecipe(artifacts: JvmArtifacts, properties: KafkaProperties = {}): ServerRecipe {
  const java = (dir: string, archiveFlags: readonly string[]): string[] => [
    artifacts.java,
    '-Xms128m',
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...archiveFlags,
    `-Dlog4j2.configurationFile=${join(dir, 'log4j2.xml')}`,
    '-cp',
    artifacts.classPath,
  ];
  return {
    name: 'kafka',
    title: `Kafka ${artifacts.version}`,
    async prepare(dir, ports) {
      const config = join(dir, 'server.properties');
      await mkdir(join(dir, 'data'), { recursive: true });
      await writeFile(join(dir, 'log4j2.xml'), log4j);
      await writeFile(config, formatProperties({ ...brokerProperties(dir, ports), ...properties }));
      // A cluster id is 16 bytes in URL-safe base64; one that starts with a dash would be read as an option.
      const clusterId = `A${randomBytes(16).toString('base64url').slice(1, 22)}`;
      const [program, ...args] = java(dir, artifacts.archive.useFlags);
      await promisify(execFile)(
        program ?? 'java',
        [...args, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config],
        { timeout: 60_000 },
      );
    },
    command: (dir) => [...java(dir, artifacts.archive.useOrWriteFlags), 'kafka.Kafka', join(dir, 'server.properties')],
    readyLine: /Kafka Server started/,
    startTimeoutMs: 60_000,
    endsGracefully: () => artifacts.archive.missing,
    ended: () => artifacts.archive.publish(),
  };
}

function brokerProperties(dir: string, ports: ServerPorts): KafkaProperties {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.internal}`,
    listeners: `PLAINTEXT://127.0.0.1:${ports.client},CONTROLLER://127.0.0.1:${ports.internal}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.client}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(dir, 'data'),
    // A job that needs a topic must say that it is missing; with auto-creation no test could see that.
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
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

function formatProperties(properties: KafkaProperties): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
}
