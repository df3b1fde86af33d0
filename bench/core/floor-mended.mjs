// kafkajs with this project's encoder and decoder, as @millrace/kafka uses it, in the same loop.
import { fetchCure, Kafka, logLevel, PartitionAssigners } from '../../packages/kafka/dist/kafkajs/library.js';
import { producerMessages } from '../../packages/kafka/dist/kafkajs/produce/producer-messages.js';
import { SinkMessage } from '../../packages/kafka/dist/sink/message.js';
import { brokers } from './arguments.mjs';
import { runFloor } from './floor.mjs';

const kafka = new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.ERROR });

function decodingFast({ cluster, ...rest }) {
  const findBroker = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (node) => fetchCure.decodeFast(await findBroker(node));
  return PartitionAssigners.roundRobin({ cluster, ...rest });
}

await runFloor({
  createConsumer: ({ groupId }) =>
    kafka.consumer({ groupId, maxWaitTimeInMs: 500, partitionAssigners: [decodingFast] }),
  createProducer: () => kafka.producer({ createPartitioner: () => () => 0 }),
  send: (producer, topic, records) => {
    const messages = producerMessages([{ partition: 0, records: records.map((each) => new SinkMessage(each)) }]);
    return producer.send({ topic, messages, acks: -1 });
  },
});
