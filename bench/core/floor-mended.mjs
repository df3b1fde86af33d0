// kafkajs with this project's encoder and decoder in the same loop.
import { brokers } from './arguments.mjs';
import { runFloor } from './floor.mjs';
import { mendedConsumer, mendedProducer, sendMended } from './mended-clients.mjs';

await runFloor({
  createConsumer: ({ groupId }) => mendedConsumer(brokers, groupId),
  createProducer: () => mendedProducer(brokers),
  send: sendMended,
});
