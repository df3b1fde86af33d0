import { CassandraSession } from '@millrace/cassandra';
import type { Clock, Logger } from '@millrace/core';
import { KafkaConnection } from '@millrace/kafka';
import type { KafkaSaslOptions, KafkaTlsOptions } from '@millrace/kafka';
import { RedisConnection, RedisSets } from '@millrace/redis';
import type { RedisOptions } from '@millrace/redis';
import type { Config } from '@millrace/runner';
import type { TableSchema } from '../dataset/table-schema.js';
import { tableName } from '../platform-config.js';
import type { PlatformConfig, PlatformVariables, stateVariables } from '../platform-config.js';
import { leafNodesKey } from '../stores/relation-keys.js';
import { allSettled } from './all-settled.js';
import { CredentialsError } from './errors.js';
import { tlsTexts } from './tls-files.js';

/** What clients are made with. */
export interface ConnectionOptions {
  readonly config: PlatformConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The clients of one process. */
export interface ServiceConnections {
  readonly kafka: KafkaConnection;
  readonly cassandra: CassandraSession;
  /** The database of the relation cache. */
  readonly redis: RedisConnection;
  readonly sets: RedisSets;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Makes the clients; nothing is connected yet. @throws SetupError for a certificate file or credentials that cannot work */
export function serviceConnections(options: ConnectionOptions): ServiceConnections {
  const kafka = kafkaConnection(options);
  const cassandra = cassandraSession(options);
  const redis = new RedisConnection(redisOptions(options, 'redis.database.relationCache.id'));
  return {
    ...{ kafka, cassandra, redis },
    sets: new RedisSets(redis),
    async close() {
      await Promise.allSettled([kafka.close(), cassandra.close(), redis.close()]);
    },
  };
}

/** What a job needs to be there. */
export interface Required {
  readonly topics: readonly string[];
  readonly tables: readonly TableSchema[];
}

/**
 * Connects, and checks that the topics, the tables and the columns that the job uses are there.
 *
 * @throws SetupError with one line for all that is missing, ServiceUnavailableError after `startup.timeout`
 */
export async function connectServices(
  { kafka, cassandra, redis, sets }: ServiceConnections,
  config: PlatformConfig,
  { topics, tables }: Required,
  signal: AbortSignal,
): Promise<void> {
  const timeoutMs = config.get('startup.timeout') * 1_000;
  const columns = tables.map((table) => [tableName(config, table), [...table.key, ...table.used]] as const);
  await allSettled(signal, [
    async (both) => {
      await kafka.waitUntilReachable(timeoutMs, both);
      await kafka.checkTopics(topics);
    },
    async (both) => {
      await cassandra.connect({ timeoutMs, signal: both });
      await cassandra.checkTables(config.get('lms-cassandra.keyspace'), Object.fromEntries(columns));
    },
    async (both) => {
      await redis.connect({ timeoutMs, signal: both });
      await sets.checkReadable(leafNodesKey('do_0', 'do_0'));
    },
  ]);
}

/** Requests that Cassandra is asked at once; each enrolment has up to a few. The driver's own limit is 2,048. */
const CASSANDRA_IN_FLIGHT = { least: 256, most: 1_500, perEnrolment: 2 };

/** Nothing is connected yet. @throws SetupError for a certificate file or credentials that cannot work */
export function kafkaConnection({ config, clock, logger }: ConnectionOptions): KafkaConnection {
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
export function cassandraSession({ config, clock, logger }: ConnectionOptions): CassandraSession {
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

/** How Redis is reached. @param database variable with the number of the database @throws SetupError */
export function redisOptions(
  { config, clock, logger }: ConnectionOptions,
  database: 'redis.database.relationCache.id' | 'redis.database.state.id',
): RedisOptions {
  const tls = tlsTexts(config, 'redis');
  const username = config.get('redis.username');
  const password = config.get('redis.password');
  return {
    host: config.get('redis.host'),
    port: config.get('redis.port'),
    db: (config as Config<PlatformVariables & typeof stateVariables>).get(database),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    clock,
    logger,
  };
}

function kafkaTls({ serverName, ...texts }: NonNullable<ReturnType<typeof tlsTexts>>): KafkaTlsOptions {
  return { ...texts, ...(serverName === undefined ? {} : { servername: serverName }) };
}

function kafkaLogin(config: PlatformConfig): KafkaSaslOptions | undefined {
  const mechanism = config.get('kafka.sasl.mechanism');
  const credentials = login(config, 'kafka.sasl');
  if ((mechanism === undefined) !== (credentials === undefined)) {
    throw new CredentialsError('kafka.sasl.mechanism', 'kafka.sasl.username and kafka.sasl.password');
  }
  return mechanism === undefined || credentials === undefined ? undefined : { mechanism, ...credentials };
}

function login(
  config: PlatformConfig,
  prefix: 'kafka.sasl' | 'lms-cassandra',
): { username: string; password: string } | undefined {
  const username = config.get(`${prefix}.username`);
  const password = config.get(`${prefix}.password`);
  if ((username === undefined) !== (password === undefined)) {
    throw new CredentialsError(`${prefix}.username`, `${prefix}.password`);
  }
  return username === undefined || password === undefined ? undefined : { username, password };
}
