// The floor: a plain eachBatch loop that counts.
import { brokers, count, report, topic } from './arguments.mjs';
import { Kafka, logLevel } from './kafkajs.mjs';

const kafka = new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `${topic}-kafkajs-${process.pid}`, maxWaitTimeInMs: 500 });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
let [records, bytes] = [0, 0];
const start = performance.now();
await new Promise((resolve, reject) => {
  consumer
    .run({
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) {
          records += 1;
          bytes += value.length;
        }
        if (records >= count) resolve();
      },
    })
    .catch(reject);
});
report(records, bytes, start);
await consumer.disconnect();
