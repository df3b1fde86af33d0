// Counts the records of each key, with state on Redis that is written in several steps, and sends each new count to a
// topic and to a table. Told where by one argument of JSON; SIGTERM stops it.
import { CassandraSession, cassandraSink } from '@millrace/cassandra';
import { JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { KafkaConnection, kafkaSink, kafkaSource } from '@millrace/kafka';
import { redisStateBackend } from '@millrace/redis';
import { numberedByKey } from '../../support/numbered-by-key.mjs';
import { logger } from './stderr-logger.mjs';

const { brokers, input, output, table, cassandra, redis } = JSON.parse(process.argv[2]);

const connection = new KafkaConnection({ brokers, logger });
const session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
await session.connect({ timeoutMs: 60_000 });

const env = new StreamExecutionEnvironment({ jobName: input });
// A process that was killed is missed after the session timeout only; the next one waits for that.
const source = kafkaSource({ connection, topics: [input], groupId: input, sessionTimeoutMs: 6_000 });
const counts = numberedByKey(env.fromSource(source, { uid: 'in' }), 20);
counts.sinkTo(kafkaSink({ connection, topic: output }), { uid: 'out' });
counts.sinkTo(
  cassandraSink({
    session,
    statement: `INSERT INTO ${table} (key, count) VALUES (?, ?)`,
    toParams: ({ key, value }) => [key, Number(value)],
    toKey: ({ key }) => key,
  }),
  { uid: 'table' },
);

// Every checkpoint of two keys or more is a large one.
const stateBackend = redisStateBackend({ connection: redis, keyPrefix: `${input}:`, maxScriptEntries: 1 });
const runner = new JobRunner(env.getStreamGraph(), { stateBackend, checkpoint: { intervalMs: 50 } }, { logger });
process.on('SIGTERM', () => void runner.stop());
await runner.run();
await stateBackend.close?.();
await connection.close();
await session.close();
process.exit(0);
