// kafkajs with this project's encoder and decoder, as @millrace/kafka uses it.
import { fetchCure, Kafka, logLevel, PartitionAssigners } from '../../packages/kafka/dist/kafkajs/library.js';
import { producerMessages } from '../../packages/kafka/dist/kafkajs/produce/producer-messages.js';
import { SinkMessage } from '../../packages/kafka/dist/sink/message.js';

function decodingFast({ cluster, ...rest }) {
  const findBroker = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (node) => fetchCure.decodeFast(await findBroker(node));
  return PartitionAssigners.roundRobin({ cluster, ...rest });
}

const clientOf = (brokers) => new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.ERROR });

export function mendedConsumer(brokers, groupId) {
  return clientOf(brokers).consumer({ groupId, maxWaitTimeInMs: 500, partitionAssigners: [decodingFast] });
}

export function mendedProducer(brokers) {
  return clientOf(brokers).producer({ createPartitioner: () => () => 0 });
}

/** Sends records to partition 0; resolves when the broker has them. */
export function sendMended(producer, topic, records) {
  const messages = producerMessages([{ partition: 0, records: records.map((each) => new SinkMessage(each)) }]);
  return producer.send({ topic, messages, acks: -1 });
}
