import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.js';
import type { JvmArtifacts } from './artifacts.js';
import {
  brokerProperties,
  CLIENT_LISTENER,
  formatProperties,
  type KafkaMembership,
  type KafkaProperties,
} from './kafka-properties.js';
import {
  formatOptions,
  keystoreFile,
  prepareSecurity,
  protocolOf,
  securityCertificates,
  securityProperties,
  type KafkaSecurity,
} from './kafka-security.js';
import type { ServerRecipe } from './recipe.js';

const log4j = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders><Console name="out"><PatternLayout pattern="%d{HH:mm:ss.SSS} %p %c{1} %m%n"/></Console></Appenders>
  <Loggers><Root level="INFO"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
`;

/** How one Kafka is set up. */
export interface KafkaRecipeOptions {
  /** They win over ours. */
  readonly properties?: KafkaProperties | undefined;
  readonly security?: KafkaSecurity | undefined;
  /** @default a cluster of its own */
  readonly membership?: KafkaMembership | undefined;
  /** Memory of the JVM's heap in MiB. @default 512 */
  readonly heapMiB?: number;
}

/** One KRaft node that is broker and controller, from Kafka's published jars. */
export function kafkaRecipe(artifacts: JvmArtifacts, options: KafkaRecipeOptions = {}): ServerRecipe {
  const { properties, security = {}, heapMiB = 512 } = options;
  const java = (dir: string, archiveFlags: readonly string[]): string[] => [
    artifacts.java,
    '-Xms128m',
    `-Xmx${String(heapMiB)}m`,
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
      const membership = options.membership ?? { id: 1, nodes: [{ id: 1, ports }], clusterId: randomClusterId() };
      await mkdir(join(dir, 'data'), { recursive: true });
      await writeFile(join(dir, 'log4j2.xml'), log4j);
      const ours = brokerProperties(dir, membership, protocolOf(security));
      await writeFile(
        config,
        formatProperties({ ...ours, ...(await secured(security, dir, ours, ports.client)), ...properties }),
      );
      const [program, ...args] = java(dir, artifacts.archive.useFlags);
      await promisify(execFile)(
        program ?? 'java',
        [
          ...[...args, 'kafka.tools.StorageTool', 'format', '-t', membership.clusterId, '-c', config],
          ...formatOptions(security),
        ],
        { timeout: 60_000 },
      );
    },
    command: (dir) => [...java(dir, artifacts.archive.useOrWriteFlags), 'kafka.Kafka', join(dir, 'server.properties')],
    readyLine: /Kafka Server started/,
    certificates: (dir) => securityCertificates(security, dir),
    startTimeoutMs: 60_000,
    endsGracefully: () => artifacts.archive.missing,
    ended: () => artifacts.archive.publish(),
  };
}

/** A cluster id is 16 bytes in URL-safe base64; one that starts with a dash would be read as an option. */
export function randomClusterId(): string {
  return `A${randomBytes(16).toString('base64url').slice(1, 22)}`;
}

/** The settings of a broker that asks something of its clients; it talks to itself and to others over another port. */
async function secured(
  security: KafkaSecurity,
  dir: string,
  ours: KafkaProperties,
  clientPort: number,
): Promise<KafkaProperties> {
  if (!security.tls && !security.sasl) return {};
  await prepareSecurity(security, dir);
  const certificates = securityCertificates(security, dir);
  if (certificates) {
    const parts = await Promise.all([readFile(certificates.key, 'utf8'), readFile(certificates.cert, 'utf8')]);
    await writeFile(keystoreFile(dir), parts.join(''), { mode: 0o600 });
  }
  const broker = `BROKER://127.0.0.1:${String(await freePort())}`;
  return {
    ...securityProperties(security, dir, CLIENT_LISTENER),
    listeners: `${String(ours['listeners'])},${broker}`,
    'advertised.listeners': `${CLIENT_LISTENER}://127.0.0.1:${String(clientPort)},${broker}`,
    'inter.broker.listener.name': 'BROKER',
  };
}
