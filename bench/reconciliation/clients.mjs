import { createRequire } from 'node:module';

/** The client libraries that the packages use: the same files, without the packages. */
const from = (name) => createRequire(new URL(`../../packages/${name}/package.json`, import.meta.url));

/** Bare clients, with the settings that the job's own have where they matter for speed. */
export function clientsOf({ cassandra, redis, kafka }) {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  const { Client, types } = from('cassandra')('cassandra-driver');
  const { Redis } = from('redis')('ioredis');
  const { Kafka, logLevel } = from('kafka')('kafkajs');
  return {
    cassandra: new Client({
      contactPoints: [cassandra.host],
      localDataCenter: 'datacenter1',
      protocolOptions: { port: cassandra.port },
      queryOptions: { prepare: true, isIdempotent: true, consistency: types.consistencies.localQuorum },
      encoding: { map: Map, set: Set },
    }),
    redis: new Redis({ host: redis.host, port: redis.port, db: redis.db, lazyConnect: true, protocol: 2 }),
    kafka: new Kafka({ clientId: 'floor', brokers: kafka.addresses, logLevel: logLevel.ERROR }),
  };
}
