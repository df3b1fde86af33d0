// The workloads as jobs of this project: a process from its start to the end of the topic; without a number of records
// (Infinity) until a signal stops it.
import { InMemoryMetrics, JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { KafkaConnection, kafkaSink, kafkaSource } from '@millrace/kafka';
import { brokers, count, folder, input, output, report, workload } from './arguments.mjs';

const connection = new KafkaConnection({ brokers });
const env = new StreamExecutionEnvironment({ jobName: output });
const source = kafkaSource({ connection, topics: [input], groupId: output });
const { build, openBackend } = await import(`./millrace-${workload}.mjs`);
build(env, source).sinkTo(kafkaSink({ connection, topic: output }), { uid: 'out' });

const stateBackend = await openBackend?.(folder);
const metrics = new InMemoryMetrics();
const options = { checkpoint: { intervalMs: 1_000 }, ...(stateBackend === undefined ? {} : { stateBackend }) };
const runner = new JobRunner(env.getStreamGraph(), options, { metrics });
const isEndless = count === Infinity;
if (isEndless) process.once('SIGTERM', () => void runner.stop());
const { state, restarts } = await runner.run({ untilDrained: !isEndless });
await stateBackend?.close();
await connection.close();
if (state !== (isEndless ? 'CANCELED' : 'FINISHED') || restarts > 0)
  throw new Error(`${state} after ${restarts} restarts`);
report({ late: metrics.total('numLateRecordsDropped'), checkpoints: metrics.total('numberOfCompletedCheckpoints') });
