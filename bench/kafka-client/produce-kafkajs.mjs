// The floor: a plain loop, 1,000 records a request, one request in flight.
import { brokers, count, report, topic } from './arguments.mjs';
import { Kafka, logLevel } from './kafkajs.mjs';
import { syncRequests } from './records.mjs';

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
const producer = new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.ERROR }).producer();
await producer.connect();
const messages = syncRequests();
const bytes = messages.reduce((sum, { value }) => sum + value.length, 0);
const start = performance.now();
for (let sent = 0; sent < count; sent += messages.length) await producer.send({ topic, messages, acks: -1 });
report(count, (bytes * count) / messages.length, start);
await producer.disconnect();
