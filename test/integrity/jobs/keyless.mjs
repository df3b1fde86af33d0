// Copies the values of records to a topic of several partitions, without their keys. Told where by one argument of JSON;
// SIGTERM stops it.
import { JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { KafkaConnection, kafkaSink, kafkaSource } from '@millrace/kafka';
import { logger } from './stderr-logger.mjs';

const { brokers, input, output } = JSON.parse(process.argv[2]);

const connection = new KafkaConnection({ brokers, logger });
const env = new StreamExecutionEnvironment({ jobName: input });
env
  .fromSource(kafkaSource({ connection, topics: [input], groupId: input }), { uid: 'in' })
  .map(({ value }) => ({ key: null, value }), { uid: 'without-key' })
  .sinkTo(kafkaSink({ connection, topic: output }), { uid: 'out' });

const runner = new JobRunner(env.getStreamGraph(), { checkpoint: { intervalMs: 200 } }, { logger });
process.on('SIGTERM', () => void runner.stop());
const { state } = await runner.run();
await connection.close();
process.exit(state === 'FAILED' ? 1 : 0);
