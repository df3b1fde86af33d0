import { CassandraSession } from '@millrace/cassandra';
import { KafkaConnection } from '@millrace/kafka';
import type { KafkaSaslOptions, KafkaTlsOptions } from '@millrace/kafka';
import { RedisConnection } from '@millrace/redis';
import type { ReconciliationConfig } from '../config.js';
import { CredentialsError } from './errors.js';
import type { PlatformOptions } from './embedded-platform.js';
import { tlsTexts } from './tls-files.js';

/** Requests that Cassandra is asked at once; each enrolment has up to a few. The driver's own limit is 2,048. */
const CASSANDRA_IN_FLIGHT = { least: 256, most: 1_500, perEnrolment: 2 };

/** Nothing is connected yet. @throws SetupError for a certificate file or credentials that cannot work */
export function kafkaConnection({ config, clock, logger }: PlatformOptions): KafkaConnection {
  const tls = tlsTexts(config, 'kafka');
  const sasl = kafkaLogin(config);
  return new KafkaConnection({
    brokers: config.get('kafka.broker-servers'),
    clientId: 'millrace-reconciliation',
    ...(tls === undefined ? {} : { ssl: kafkaTls(tls) }),
    ...(sasl === undefined ? {} : { sasl }),
    clock,
    logger,
  });
}

/** Nothing is connected yet. @throws SetupError */
export function cassandraSession({ config, clock, logger }: PlatformOptions): CassandraSession {
  const tls = tlsTexts(config, 'lms-cassandra');
  const localDataCenter = config.get('lms-cassandra.local-datacenter');
  const credentials = login(config, 'lms-cassandra');
  const { least, most, perEnrolment } = CASSANDRA_IN_FLIGHT;
  return new CassandraSession({
    hosts: config.get('lms-cassandra.host'),
    port: config.get('lms-cassandra.port'),
    consistency: config.get('lms-cassandra.consistency'),
    maxInFlight: Math.min(most, Math.max(least, config.get('task.max-in-flight') * perEnrolment)),
    ...(localDataCenter === undefined ? {} : { localDataCenter }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(tls === undefined ? {} : { tls }),
    clock,
    logger,
  });
}

/** Nothing is connected yet. @throws SetupError */
export function redisConnection({ config, clock, logger }: PlatformOptions): RedisConnection {
  const tls = tlsTexts(config, 'redis');
  const username = config.get('redis.username');
  const password = config.get('redis.password');
  return new RedisConnection({
    host: config.get('redis.host'),
    port: config.get('redis.port'),
    db: config.get('redis.database.relationCache.id'),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    clock,
    logger,
  });
}

function kafkaTls({ serverName, ...texts }: NonNullable<ReturnType<typeof tlsTexts>>): KafkaTlsOptions {
  return { ...texts, ...(serverName === undefined ? {} : { servername: serverName }) };
}

function kafkaLogin(config: ReconciliationConfig): KafkaSaslOptions | undefined {
  const mechanism = config.get('kafka.sasl.mechanism');
  const credentials = login(config, 'kafka.sasl');
  if ((mechanism === undefined) !== (credentials === undefined)) {
    throw new CredentialsError('kafka.sasl.mechanism', 'kafka.sasl.username and kafka.sasl.password');
  }
  return mechanism === undefined || credentials === undefined ? undefined : { mechanism, ...credentials };
}

function login(
  config: ReconciliationConfig,
  prefix: 'kafka.sasl' | 'lms-cassandra',
): { username: string; password: string } | undefined {
  const username = config.get(`${prefix}.username`);
  const password = config.get(`${prefix}.password`);
  if ((username === undefined) !== (password === undefined)) {
    throw new CredentialsError(`${prefix}.username`, `${prefix}.password`);
  }
  return username === undefined || password === undefined ? undefined : { username, password };
}
