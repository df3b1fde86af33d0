// node read.mjs BROKERS TOPIC: reads results as they become visible, and how long after `ets` each of them was. Says
// `ready` when it reads; on each line of standard input (JSON: `from`, `to`) prints what it found of records that were due
// then.
import { createInterface } from 'node:readline';
import { mendedConsumer } from '../core/mended-clients.mjs';
import { now } from './clock.mjs';

const [brokers, topic] = [process.argv[2].split(','), process.argv[3]];
const consumer = mendedConsumer(brokers, `${topic}-reader`);
const seen = [];
let lastAt = 0;

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
const removeListener = consumer.on(consumer.events.GROUP_JOIN, () => {
  removeListener(); // it joins again when its group is new to the broker
  process.stdout.write('ready\n');
});
await consumer.run({
  eachBatch: async ({ batch }) => {
    lastAt = now();
    for (const { value } of batch.messages) seen.push({ ets: JSON.parse(value.toString()).ets, at: lastAt });
  },
});

for await (const line of createInterface({ input: process.stdin })) {
  const { from, to } = JSON.parse(line);
  const latencies = seen.filter(({ ets }) => ets >= from && ets < to).map(({ ets, at }) => at - ets);
  latencies.sort((a, b) => a - b);
  const quantile = (q) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))];
  const arrived = seen.filter(({ at }) => at >= from && at < to).length;
  const found = { seen: seen.length, arrived, measured: latencies.length };
  const quantiles = { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999), max: latencies.at(-1) };
  process.stdout.write(`${JSON.stringify({ ...found, ...quantiles })}\n`);
}
await consumer.disconnect();
