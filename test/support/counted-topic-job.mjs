// Counts the records of each key of a topic, with state on Redis; a record "?NAME" is answered with its key's count.
import { lateSink, lateSource, StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import { KafkaConnection, kafkaSink, kafkaSource } from '@millrace/kafka';
import { redisStateBackend } from '@millrace/redis';
import { commonVariables, defineJob, jobOptions, redisVariables, text } from '@millrace/runner';

const decoder = new TextDecoder();

function counting() {
  let count;
  return {
    open(context) {
      count = context.getState(new ValueStateDescriptor('count'));
    },
    processElement({ value }, context, out) {
      const said = decoder.decode(value);
      if (!said.startsWith('?')) count.update((count.value() ?? 0) + 1);
      else out.collect({ key: context.getCurrentKey(), value: `${said.slice(1)} ${count.value() ?? 0}` });
    },
  };
}

export default defineJob({
  name: 'counted-topic',
  variables: {
    ...commonVariables,
    ...redisVariables,
    topic: text({ doc: 'Topic to count; the answers go to one of that name with "-answers".' }),
    place: text({ doc: 'Consumer group, and what the keys of the state begin with.' }),
  },
  create({ config }) {
    let kafka;
    const [topic, place] = [config.get('topic'), config.get('place')];
    const answers = `${topic}-answers`;
    const stateBackend = redisStateBackend({
      connection: { host: config.get('redis.host'), port: config.get('redis.port') },
      keyPrefix: `${place}:`,
    });
    const env = new StreamExecutionEnvironment({ jobName: 'counted-topic' });
    env
      .fromSource(
        lateSource('kafka', topic, () =>
          kafkaSource({ connection: kafka, topics: [topic], groupId: place, maxWaitTimeMs: 100 }),
        ),
        { uid: 'records' },
      )
      .keyBy(({ key }) => decoder.decode(key))
      .process(counting, { uid: 'count' })
      .sinkTo(
        lateSink('kafka', answers, () => kafkaSink({ connection: kafka, topic: answers })),
        { uid: 'answers' },
      );
    return {
      graph: env.getStreamGraph(),
      options: { ...jobOptions(config), stateBackend },
      async connect(signal) {
        kafka = new KafkaConnection({ brokers: config.get('kafka.broker-servers') });
        await kafka.waitUntilReachable(30_000, signal);
      },
      async close() {
        await stateBackend.close?.();
        await kafka?.close();
      },
      summary: () => ({ processed: 0, skipped: 0, failed: 0, coalesced: 0 }),
    };
  },
});
