// Our sink alone, without a job: as many records on their way as a task has by default.
import { InMemoryMetrics, silentLogger, systemClock } from '@millrace/core';
import { KafkaConnection, kafkaSink } from '@millrace/kafka';
import { brokers, count, report, topic } from './arguments.mjs';
import { syncRequests } from './records.mjs';

const IN_FLIGHT = 1024;
const connection = new KafkaConnection({ brokers });
const writer = await kafkaSink({ connection, topic }).open({
  ...{ jobName: 'bench', clock: systemClock, logger: silentLogger, metrics: new InMemoryMetrics() },
  signal: new AbortController().signal,
});
const records = syncRequests();
const start = performance.now();
const bytes = await new Promise((resolve, reject) => {
  let [given, done, sum] = [0, 0, 0];
  const fill = () => {
    for (; given < count && given - done < IN_FLIGHT; given += 1) {
      const record = records[given % records.length];
      sum += record.value.length;
      writer.write({ key: record.key, value: record.value }, acknowledgement);
    }
  };
  const acknowledgement = {
    done() {
      done += 1;
      if (done === count) resolve(sum);
      else if (given - done === IN_FLIGHT / 2) fill();
    },
    failed: reject,
  };
  fill();
});
report(count, bytes, start);
await writer.close();
await connection.close();
