import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { Clock, Logger } from '@millrace/core';
import { KafkaOptionsError } from '../errors.js';

/** Credentials for SASL. Never logged. */
export interface KafkaSaslOptions {
  /** What the listener speaks; another mechanism is refused at start. */
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** TLS of Node; `true` trusts the well-known authorities. A listener without TLS closes the connection. */
export type KafkaTlsOptions = Pick<
  TlsOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>;

/** How the brokers are reached: addresses, TLS, login, time-outs. */
export interface KafkaConnectionOptions {
  /** `host:port` of one or more brokers to begin with; the others are learnt from these. At least one. */
  readonly brokers: readonly string[];
  /** Name in the brokers' logs and quotas. @default 'millrace' */
  readonly clientId?: string;
  /** @default false */
  readonly ssl?: boolean | KafkaTlsOptions;
  /** @default no authentication */
  readonly sasl?: KafkaSaslOptions;
  /**
   * For opening a connection, in milliseconds. Too small: a busy broker is taken for a dead one.
   * @default 5000
   */
  readonly connectionTimeoutMs?: number;
  /**
   * For the answer to a request, in milliseconds. Smaller than a broker's pauses: what it had carried out already is
   * sent again, and stands twice in the topic.
   * @default 30000
   */
  readonly requestTimeoutMs?: number;
  /** @default the process's clock */
  readonly clock?: Clock;
  /** Takes kafkajs's lines too, one level lower than it calls them. @default silent */
  readonly logger?: Logger;
}

/** @throws {KafkaOptionsError} naming the first option that cannot work */
export function checkConnectionOptions(options: KafkaConnectionOptions): void {
  if (options.brokers.length === 0) throw new KafkaOptionsError('Kafka: brokers is empty, name at least one host:port');
  for (const broker of options.brokers) {
    const port = Number(/^\S+:(\d{1,5})$/.exec(broker)?.[1]);
    if (!(port > 0 && port < 65_536)) {
      throw new KafkaOptionsError(`Kafka: broker ${JSON.stringify(broker)} is not of the form host:port`);
    }
  }
  for (const name of ['connectionTimeoutMs', 'requestTimeoutMs'] as const) {
    const value = options[name];
    if (value !== undefined && !(value > 0)) {
      throw new KafkaOptionsError(`Kafka: ${name} is ${String(value)}, it must be more than 0 milliseconds`);
    }
  }
}
