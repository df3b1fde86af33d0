// Prints how many timers fire in two seconds in a process whose kafkajs client is connected and idle.
// Usage: node count-wake-ups.mjs HOST:PORT cured|as-published
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

const [broker, cured] = process.argv.slice(2);

let fired = 0;
for (const name of ['setTimeout', 'setInterval']) {
  const original = globalThis[name];
  globalThis[name] = (callback, ...rest) =>
    original(
      (...args) => {
        fired++;
        callback(...args);
      },
      ...rest,
    );
}

const require = createRequire(import.meta.url);
if (cured === 'cured') {
  const { cureIdleTimer } = await import(new URL('../dist/kafkajs/timer-cure.js', import.meta.url));
  if (!cureIdleTimer(require).applied) throw new Error('the cure does not know this kafkajs');
}
const { Kafka } = require('kafkajs');
const admin = new Kafka({ brokers: [broker], logLevel: 0 }).admin();
await admin.connect();
await admin.listTopics();
await new Promise((resolve) => setTimeout(resolve, 200));
fired = 0;
const begun = performance.now();
while (performance.now() - begun < 2000) await new Promise((resolve) => setTimeout(resolve, 2000));
console.log(fired);
await admin.disconnect();
