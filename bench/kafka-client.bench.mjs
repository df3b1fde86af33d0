// What the Kafka connector costs beside bare kafkajs, in one run: produce only and consume only, one partition.
//   npm run bench -- kafka-client [--records 1000000] [--runs 3] [--json FILE]
import { parseArgs } from 'node:util';
import { KafkaConnection } from '@millrace/kafka';
import { startServices, uniqueName } from '@millrace/testing';
import { Kafka, logLevel } from './kafka-client/kafkajs.mjs';
import { machine } from './support/machine.mjs';
import { probed } from './support/probed.mjs';
import { note, printTable, writeResult } from './support/report.mjs';
import { spread } from './support/statistics.mjs';

const WORKERS = ['produce-kafkajs', 'produce-millrace', 'consume-kafkajs', 'consume-millrace'];

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      records: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      workers: { type: 'string', default: WORKERS.join(',') },
      json: { type: 'string' },
    },
  });
  const count = Number(values.records);
  if (!(count > 0 && count % 1000 === 0)) throw new Error('--records: a multiple of 1,000');
  const where = machine();
  const services = await startServices(['kafka']);
  const bed = { brokers: services.kafka.addresses, count };
  try {
    const results = [];
    // Runs in turn, not one worker after the other: what else the machine does hits all of them.
    for (let run = 1; run <= Number(values.runs); run += 1) {
      for (const worker of values.workers.split(',')) {
        results.push({ worker, run, ...(await (worker.startsWith('produce') ? produce : consume)(worker, bed)) });
        note(results.at(-1));
      }
    }
    const summary = values.workers.split(',').map((worker) => summarize(worker, results));
    print(summary);
    writeResult(values.json, { benchmark: 'kafka-client', ...where, records: count, summary, results });
  } finally {
    await services.stop();
  }
}

/** Into a topic of its own, which must hold every record afterwards. */
async function produce(worker, bed) {
  return await withTopic(bed.brokers, async (topic, connection) => {
    const result = await measure(worker, topic, bed);
    const end = (await connection.highWatermarks(topic)).get(0);
    if (end !== bed.count) throw new Error(`${worker}: ${end} records in the topic, not ${bed.count}`);
    return result;
  });
}

/** From a topic that our sink has filled; as many bytes must be read as were written. */
async function consume(worker, bed) {
  return await withTopic(bed.brokers, async (topic) => {
    const written = await measure('produce-millrace', topic, bed);
    const read = await measure(worker, topic, bed);
    if (read.records !== bed.count || read.bytes !== written.bytes) {
      throw new Error(`${worker}: read ${read.records} records of ${read.bytes} bytes, not ${written.bytes}`);
    }
    return read;
  });
}

async function withTopic(brokers, work) {
  const topic = uniqueName('bench');
  const connection = new KafkaConnection({ brokers });
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.ERROR }).admin();
  try {
    await connection.createTopics([{ topic, partitions: 1 }]);
    return await work(topic, connection);
  } finally {
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
    await connection.close();
  }
}

async function measure(worker, topic, { brokers, count }) {
  const script = new URL(`kafka-client/${worker}.mjs`, import.meta.url).pathname;
  const { found, figures, load } = await probed(script, [brokers.join(','), topic, count]);
  const { records, bytes, seconds } = found;
  const { cpuSeconds, peakMegabytes } = figures;
  const cpuSecondsPerMillion = (cpuSeconds / records) * 1e6;
  return { records, bytes, seconds, perSecond: records / seconds, cpuSecondsPerMillion, peakMegabytes, load };
}

function summarize(worker, results) {
  const mine = results.filter((each) => each.worker === worker);
  const of = (field) => spread(mine.map((each) => each[field]));
  return {
    worker,
    cpuSecondsPerMillion: of('cpuSecondsPerMillion'),
    perSecond: of('perSecond'),
    peakMegabytes: of('peakMegabytes'),
  };
}

function print(summary) {
  const head = ['', 'CPU s per million: median', 'min', 'max', 'of the floor', 'records/s', 'peak MB'];
  const rows = summary.map(({ worker, cpuSecondsPerMillion: cpu, perSecond, peakMegabytes }) => {
    const floor = summary.find((each) => each.worker === worker.replace('millrace', 'kafkajs'));
    return [
      worker,
      ...[cpu.median, cpu.min, cpu.max].map((seconds) => seconds.toFixed(2)),
      floor === undefined ? '' : (cpu.median / floor.cpuSecondsPerMillion.median).toFixed(2),
      Math.round(perSecond.median),
      Math.round(peakMegabytes.median),
    ];
  });
  printTable(head, rows);
  console.log(
    'CPU: user and system of the whole process, start included. Compare that; records/s is of this machine now.',
  );
}
