import { cassandraSink, cqlTable } from '@millrace/cassandra';
import type { CassandraSession } from '@millrace/cassandra';
import { lateRepartition, lateSink, lateSource, lateStateBackend } from '@millrace/core';
import type { ProducerRecord, RepartitionTopics, Sink, StateBackend } from '@millrace/core';
import { kafkaRepartition, kafkaSink, kafkaSource } from '@millrace/kafka';
import type { KafkaConnection } from '@millrace/kafka';
import { RedisConnection, redisStateBackend } from '@millrace/redis';
import type { JobContext } from '@millrace/runner';
import type { Variables } from './config.js';
import { notConnected } from './platform.js';
import type { Platform } from './platform.js';
import { cassandraOf, kafkaOf } from './service-connections.js';

interface Services {
  readonly kafka: KafkaConnection;
  readonly cassandra: CassandraSession;
  readonly redis: RedisConnection;
  readonly state: StateBackend;
}

/** Kafka, Cassandra (tables: `tables.cql`) and Redis (state). Several processes share the work. */
export function servicePlatform(context: JobContext<Variables>): Platform {
  const { config, clock, logger } = context;
  const timeoutMs = config.get('startup.timeout') * 1_000;
  const retryTimeoutMs = config.get('task.retry.timeout') * 1_000;
  const env = config.get('env');
  const input = config.get('kafka.input.topic');
  const keyspace = config.get('lms-cassandra.keyspace');
  const sessions = config.get('lms-cassandra.sessions.table');
  const activity = config.get('lms-cassandra.activity.table');
  let services: Services | undefined;
  const connected = (): Services => services ?? notConnected();
  const topicSink = (topic: string): Sink<ProducerRecord> =>
    lateSink('kafka', topic, () => kafkaSink({ connection: connected().kafka, topic, retryTimeoutMs }));
  return {
    source: lateSource('kafka', input, () =>
      kafkaSource({
        connection: connected().kafka,
        topics: [input],
        groupId: config.get('kafka.groupId'),
        autoOffsetReset: config.get('kafka.auto.offset.reset'),
      }),
    ),
    through: ofInstallation(
      env,
      lateRepartition('kafka', () =>
        kafkaRepartition({
          connection: connected().kafka,
          createTopics: { partitions: config.get('kafka.partitions') },
        }),
      ),
    ),
    sinks: {
      late: topicSink(config.get('kafka.output.late.topic')),
      failed: topicSink(config.get('kafka.output.failed.topic')),
      sessions: lateSink('cassandra', sessions, () =>
        cassandraSink({
          session: connected().cassandra,
          description: sessions,
          statement:
            `INSERT INTO ${cqlTable(keyspace, sessions)} (userid, courseid, started, ended, events, contents) ` +
            'VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?',
          toKey: ({ userId, courseId }) => JSON.stringify([userId, courseId]),
          toParams: ({ userId, courseId, from, to, events, contents }) => [
            ...[userId, courseId, new Date(from), new Date(to), events, contents],
            BigInt(Math.max(1, to)) * 1_000n,
          ],
        }),
      ),
      activity: lateSink('cassandra', activity, () =>
        cassandraSink({
          session: connected().cassandra,
          description: activity,
          statement:
            `INSERT INTO ${cqlTable(keyspace, activity)} (courseid, window_start, events, learners) ` +
            'VALUES (?, ?, ?, ?) USING TIMESTAMP ?',
          toKey: ({ courseId }) => courseId,
          // A count that was corrected has more events: it wins whichever is written last.
          toParams: ({ courseId, windowStart, events, learners }) => [
            ...[courseId, new Date(windowStart), events, learners],
            BigInt(events),
          ],
        }),
      ),
    },
    stateBackend: lateStateBackend(() => connected().state),
    async connect(signal) {
      const redis = new RedisConnection({
        host: config.get('redis.host'),
        port: config.get('redis.port'),
        db: config.get('redis.database.state.id'),
        clock,
        logger,
      });
      services = {
        kafka: kafkaOf(context),
        cassandra: cassandraOf(context),
        redis,
        state: redisStateBackend({ connection: redis, keyPrefix: `millrace:${env}:` }),
      };
      await services.kafka.waitUntilReachable(timeoutMs, signal);
      await services.cassandra.connect({ timeoutMs, signal });
      await services.redis.connect({ timeoutMs, signal });
      await services.cassandra.checkTables(keyspace, {
        [sessions]: ['userid', 'courseid', 'started', 'ended', 'events', 'contents'],
        [activity]: ['courseid', 'window_start', 'events', 'learners'],
      });
    },
    async close() {
      if (services === undefined) return;
      const { kafka, cassandra, redis, state } = services;
      await state.close?.().catch(() => undefined);
      await Promise.allSettled([kafka.close(), cassandra.close(), redis.close()]);
    },
  };
}

/** Two installations on one Kafka do not meet in the topic. */
function ofInstallation(env: string, topics: RepartitionTopics): RepartitionTopics {
  return { kind: topics.kind, topic: (name) => topics.topic(`${env}.${name}`) };
}
