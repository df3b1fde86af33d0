// A job whose function misbehaves at the record "poison", the first two times that it sees it in this process: it throws
// a TypeError, throws undefined, or never settles. Told what to do by one argument of JSON; SIGTERM stops it.
import { AsyncDataStream, JobRunner, RestartStrategies, StreamExecutionEnvironment } from '@millrace/core';
import { KafkaConnection, kafkaSink, kafkaSource } from '@millrace/kafka';
import { logger } from './stderr-logger.mjs';

const { brokers, input, output, misdeed } = JSON.parse(process.argv[2]);
let misdeeds = 0;

function act(record) {
  if (Buffer.from(record.value).toString() === 'poison' && misdeeds < 2) {
    misdeeds += 1;
    process.stdout.write(`${misdeed}\n`);
    if (misdeed === 'throws a TypeError') return undefined.nothing;
    if (misdeed === 'throws undefined') throw undefined;
    if (misdeed === 'rejects with undefined') return Promise.reject(undefined);
    if (misdeed === 'never settles') return new Promise(() => undefined);
  }
  return [{ key: record.key, value: record.value }];
}

const connection = new KafkaConnection({ brokers, logger });
const env = new StreamExecutionEnvironment({ jobName: input });
const source = env.fromSource(kafkaSource({ connection, topics: [input], groupId: input }), { uid: 'in' });
// A function that throws before it returns a promise, and one whose promise fails.
const isAsync = misdeed === 'never settles' || misdeed === 'rejects with undefined';
const acted = isAsync
  ? AsyncDataStream.orderedWait(
      source,
      { asyncInvoke: async (record) => act(record) },
      { uid: 'act', timeoutMs: 1_000 },
    )
  : source.flatMap((record, out) => act(record).forEach((each) => out.collect(each)), { uid: 'act' });
acted.sinkTo(kafkaSink({ connection, topic: output }), { uid: 'out' });

const runner = new JobRunner(
  env.getStreamGraph(),
  { checkpoint: { intervalMs: 200 }, restartStrategy: RestartStrategies.fixedDelay(5, 200) },
  { logger },
);
process.on('SIGTERM', () => void runner.stop());
const { state } = await runner.run();
await connection.close();
process.stdout.write(`ended ${state}\n`);
