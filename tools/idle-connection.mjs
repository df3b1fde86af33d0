// Counts how often an idle connection to Kafka wakes the process. Runs where the packages are installed; Kafka comes
// from @millrace/testing. Exit code 1 where it wakes more than some times a second (kafkajs 2.2.4 alone: about 900).
import { createHook } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaConnection } from '@millrace/kafka';
import { ServiceUnavailableError, startServices } from '@millrace/testing';

const SECONDS = 3;
const MOST_PER_SECOND = 20;

let services;
try {
  services = await startServices(['kafka']);
} catch (error) {
  if (!(error instanceof ServiceUnavailableError) || process.env.MILLRACE_SERVICES === 'required') throw error;
  console.log(`not run: ${error.message}`);
  process.exit(0);
}
const connection = new KafkaConnection({ brokers: [...services.kafka.addresses] });
try {
  await connection.waitUntilReachable(60_000);
  let timers = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'Timeout') timers += 1;
    },
  });
  hook.enable();
  await sleep(SECONDS * 1000);
  hook.disable();
  console.log(`${(timers / SECONDS).toFixed(1)} timers a second on an idle connection`);
  if (timers / SECONDS > MOST_PER_SECOND) process.exitCode = 1;
} finally {
  await connection.close();
  await services.stop();
}
