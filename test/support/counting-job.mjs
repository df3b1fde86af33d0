// Counts the records of each key, with state on Redis, and answers a record "?" with its key's count. A process of
// test/e2e/state-follows-partitions. Told what to do by one argument of JSON, tells what it does on its output.
// SIGTERM stops it; when it goes on after a SIGSTOP it writes through every claim that it held, as a zombie would.
import { JobRunner, RestartStrategies, StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import { KafkaConnection, kafkaSource } from '@millrace/kafka';
import { redisStateBackend } from '@millrace/redis';

const { name, brokers, redis, topic, keyPrefix } = JSON.parse(process.argv[2]);
const tell = (event) => process.stdout.write(`${JSON.stringify({ name, ...event })}\n`);
const log = (fields, message) => process.stderr.write(`${name} ${message} ${JSON.stringify(fields)}\n`);
const logger = { debug() {}, info: log, warn: log, error: log, child: () => logger };

const connection = new KafkaConnection({ brokers });
const backend = redisStateBackend({ connection: redis, keyPrefix });
const held = new Map();
const stateBackend = {
  ...backend,
  owners: (job) => backend.owners(job),
  read: (owner) => backend.read(owner),
  async claim(owner) {
    const claim = await backend.claim(owner);
    held.set(owner.split, claim);
    tell({ event: 'claimed', split: owner.split });
    return claim;
  },
};

process.on('SIGCONT', () => {
  for (const [split, claim] of held) {
    claim
      .write({ positions: new Map(), meta: 'written by a zombie', puts: [], deletes: [] })
      .then(() => tell({ event: 'zombie wrote', split }))
      .catch((error) => tell({ event: 'refused', split, code: error.code }));
  }
});

const env = new StreamExecutionEnvironment({ jobName: topic });
env
  .fromSource(
    kafkaSource({
      connection,
      topics: [topic],
      groupId: topic,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 500,
      maxWaitTimeMs: 100,
    }),
    { uid: 'records' },
  )
  .keyBy((record) => Buffer.from(record.key).toString())
  .process(
    () => {
      let count;
      return {
        open(context) {
          count = context.getState(new ValueStateDescriptor('count'));
        },
        processElement(record, context) {
          if (Buffer.from(record.value).toString() !== '?') count.update((count.value() ?? 0) + 1);
          else tell({ event: 'count', key: context.getCurrentKey(), count: count.value() ?? 0 });
        },
      };
    },
    { uid: 'count' },
  );

const runner = new JobRunner(
  env.getStreamGraph(),
  {
    stateBackend,
    checkpoint: { intervalMs: 100 },
    restartStrategy: RestartStrategies.fixedDelay(20, 100),
  },
  { logger },
);
process.on('SIGTERM', () => void runner.stop());
const { state } = await runner.run();
await backend.close();
await connection.close();
tell({ event: 'ended', state });
