// kafkajs as it is published.
import { Kafka, logLevel } from '../kafka-client/kafkajs.mjs';
import { brokers } from './arguments.mjs';
import { runFloor } from './floor.mjs';

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
const kafka = new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.ERROR });
await runFloor({
  createConsumer: ({ groupId }) => kafka.consumer({ groupId, maxWaitTimeInMs: 500 }),
  createProducer: () => kafka.producer(),
  send: (producer, topic, messages) => producer.send({ topic, messages, acks: -1 }),
});
