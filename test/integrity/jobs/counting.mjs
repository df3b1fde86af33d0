// Counts the records of each key, with state on Redis that is written in several steps, and sends each new count to a
// topic and to a table. Told where by one argument of JSON; SIGTERM stops it.
import { setTimeout as sleep } from 'node:timers/promises';
import { CassandraSession, cassandraSink } from '@millrace/cassandra';
import { AsyncDataStream, JobRunner, StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import { KafkaConnection, kafkaSink, kafkaSource } from '@millrace/kafka';
import { redisStateBackend } from '@millrace/redis';

const { brokers, input, output, table, cassandra, redis } = JSON.parse(process.argv[2]);
const log = (level) => (fields, msg) => process.stderr.write(`${JSON.stringify({ level, ...fields, msg })}\n`);
const logger = { debug() {}, info() {}, warn: log('warn'), error: log('error'), child: () => logger };

const connection = new KafkaConnection({ brokers, logger });
const session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
await session.connect({ timeoutMs: 60_000 });

const env = new StreamExecutionEnvironment({ jobName: input });
// A process that was killed is missed after the session timeout only; the next one waits for that.
const source = kafkaSource({ connection, topics: [input], groupId: input, sessionTimeoutMs: 6_000 });
// Slow enough that checkpoints come while records are on their way.
const read = AsyncDataStream.orderedWait(
  env.fromSource(source, { uid: 'in' }),
  { asyncInvoke: async (record) => (await sleep(20), [record]) },
  { uid: 'wait', capacity: 4, timeoutMs: 60_000 },
);
const counts = read
  .keyBy((record) => Buffer.from(record.key).toString())
  .process(
    () => {
      let count;
      return {
        open(context) {
          count = context.getState(new ValueStateDescriptor('count'));
        },
        processElement(_record, context, out) {
          count.update((count.value() ?? 0) + 1);
          out.collect({ key: context.getCurrentKey(), value: String(count.value()) });
        },
      };
    },
    { uid: 'count' },
  );
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
