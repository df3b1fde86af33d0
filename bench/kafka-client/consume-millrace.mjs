// Our source alone, without a job: what it hands over is counted, settled at once, and committed every second.
import { InMemoryMetrics, silentLogger, systemClock } from '@millrace/core';
import { KafkaConnection, kafkaSource } from '@millrace/kafka';
import { brokers, count, report, topic } from './arguments.mjs';

const connection = new KafkaConnection({ brokers });
const positions = new Map();
const start = performance.now();
let [records, bytes, epoch] = [0, 0, 0];
let finish;
const finished = new Promise((resolve, reject) => (finish = { resolve, reject }));
const host = {
  ...{ jobName: 'bench', clock: systemClock, logger: silentLogger, metrics: new InMemoryMetrics() },
  signal: new AbortController().signal,
  assign: async (splits) => splits.map(({ id, position }) => ({ id, epoch: (epoch += 1), startPosition: position })),
  push: async (lease, chunk) => {
    for (const { value } of chunk.records) {
      records += 1;
      bytes += value.value.length;
    }
    positions.set(lease, chunk.nextPosition);
    if (records >= count) finish.resolve();
  },
  revoke: async () => undefined,
  lose: () => undefined,
  fail: (error) => finish.reject(error),
};
const source = kafkaSource({ connection, topics: [topic], groupId: `${topic}-millrace-${process.pid}` });
const reader = await source.open(host);
const commit = () => void reader.commit(positions).catch(finish.reject);
const timer = setInterval(commit, 1_000);
await finished;
clearInterval(timer);
report(records, bytes, start);
await reader.commit(positions);
await reader.close();
await connection.close();
