import { certificateFiles, createCertificates, type TestCertificates } from '../certificates.js';
import type { KafkaProperties } from './kafka-properties.js';

/** How clients log in to a local Kafka, by the names that this workspace's connection uses. */
export type KafkaSaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

/** What a local Kafka asks of its clients. The brokers among themselves use plain connections of their own. */
export interface KafkaSecurity {
  /**
   * `true`: the listener speaks TLS, with certificates made when it starts (`handle.certificates`).
   * `'client-certificate'`: and clients must show one that its authority signed.
   * @default no TLS
   */
  readonly tls?: boolean | 'client-certificate';
  /** @default no login */
  readonly sasl?: {
    /** What the listener offers; any other mechanism is refused. */
    readonly mechanisms: readonly KafkaSaslMechanism[];
    /** Passwords by user name: letters, digits, `.`, `_`, `!` and `-`. All users may do everything. */
    readonly users: Readonly<Record<string, string>>;
  };
}

/** The folder below the server's with its certificates. */
function folderOf(dir: string): string {
  return `${dir}/tls`;
}

export function securityCertificates(security: KafkaSecurity, dir: string): TestCertificates | undefined {
  return security.tls ? certificateFiles(folderOf(dir)) : undefined;
}

/** Writes what the security needs before the first start. @throws for a user or password that cannot be written */
export async function prepareSecurity(security: KafkaSecurity, dir: string): Promise<void> {
  for (const text of Object.entries(security.sasl?.users ?? {}).flat()) {
    // They go into a JAAS line and into an option of the storage tool, each with a syntax of its own.
    if (!/^[\w.!-]+$/.test(text)) throw new Error('user names and passwords of a local Kafka: [A-Za-z0-9_.!-] only');
  }
  if (security.tls) await createCertificates(folderOf(dir));
}

/** The protocol of the listener for clients, by Kafka's name. */
export function protocolOf({ tls, sasl }: KafkaSecurity): string {
  if (sasl) return tls ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return tls ? 'SSL' : 'PLAINTEXT';
}

/** Broker settings of a listener that asks for what `security` says. */
export function securityProperties(security: KafkaSecurity, dir: string, listener: string): KafkaProperties {
  const prefix = `listener.name.${listener.toLowerCase()}`;
  const { tls, sasl } = security;
  const files = securityCertificates(security, dir);
  return {
    ...(files && {
      [`${prefix}.ssl.keystore.type`]: 'PEM',
      [`${prefix}.ssl.keystore.location`]: keystoreFile(dir),
      [`${prefix}.ssl.truststore.type`]: 'PEM',
      [`${prefix}.ssl.truststore.location`]: files.ca,
      [`${prefix}.ssl.client.auth`]: tls === 'client-certificate' ? 'required' : 'none',
    }),
    ...(sasl && {
      'sasl.enabled.mechanisms': sasl.mechanisms.map((each) => each.toUpperCase()).join(','),
      ...Object.fromEntries(
        sasl.mechanisms.map((each) => [`${prefix}.${each}.sasl.jaas.config`, jaas(each, sasl.users)]),
      ),
    }),
  };
}

/** Kafka wants key and chain of a PEM key store in one file. */
export function keystoreFile(dir: string): string {
  return `${folderOf(dir)}/keystore.pem`;
}

/** Options of the storage tool: SCRAM users stand in the cluster's metadata, from its first moment on. */
export function formatOptions({ sasl }: KafkaSecurity): string[] {
  const scram = sasl?.mechanisms.filter((each) => each !== 'plain') ?? [];
  return scram.flatMap((each) =>
    Object.entries(sasl?.users ?? {}).flatMap(([name, password]) => [
      '--add-scram',
      `${each.toUpperCase()}=[name=${name},password=${password}]`,
    ]),
  );
}

function jaas(mechanism: KafkaSaslMechanism, users: Readonly<Record<string, string>>): string {
  if (mechanism !== 'plain') return 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const entries = Object.entries(users).map(([name, password]) => ` user_${name}="${password}"`);
  return `org.apache.kafka.common.security.plain.PlainLoginModule required${entries.join('')};`;
}
