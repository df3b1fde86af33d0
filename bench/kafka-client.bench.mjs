// What the Kafka connector costs beside bare kafkajs, in one run: produce only and consume only, one partition.
//   npm run bench -- kafka-client [--records 1000000] [--runs 3] [--json FILE]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KafkaConnection } from '@millrace/kafka';
import { startServices, uniqueName } from '@millrace/testing';
import Table from 'cli-table3';
import { Kafka, logLevel } from './kafka-client/kafkajs.mjs';

const WORKERS = ['produce-kafkajs', 'produce-millrace', 'consume-kafkajs', 'consume-millrace'];
const probe = new URL('support/probe.mjs', import.meta.url).href;

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
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const services = await startServices(['kafka']);
  const bed = { brokers: services.kafka.addresses, count, folder };
  try {
    const results = [];
    // Runs in turn, not one worker after the other: what else the machine does hits all of them.
    for (let run = 1; run <= Number(values.runs); run += 1) {
      for (const worker of values.workers.split(',')) {
        results.push({ worker, run, ...(await (worker.startsWith('produce') ? produce : consume)(worker, bed)) });
        process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
      }
    }
    const summary = values.workers.split(',').map((worker) => summarize(worker, results));
    print(summary);
    if (values.json !== undefined) {
      const whole = { benchmark: 'kafka-client', node: process.version, records: count, summary, results };
      writeFileSync(values.json, `${JSON.stringify(whole, null, 2)}\n`);
    }
  } finally {
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
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

function measure(worker, topic, { brokers, count, folder }) {
  const file = join(folder, 'probe.json');
  const script = new URL(`kafka-client/${worker}.mjs`, import.meta.url).pathname;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', probe, script, brokers.join(','), topic, String(count)], {
      env: { ...process.env, BENCH_PROBE: file },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) {
        reject(new Error(`${worker}: exit ${code}`));
        return;
      }
      const { records, bytes, seconds } = JSON.parse(stdout);
      const { cpuSeconds, peakMegabytes } = JSON.parse(readFileSync(file, 'utf8'));
      const perMillion = (cpuSeconds / records) * 1e6;
      resolve({
        records,
        bytes,
        seconds,
        perSecond: records / seconds,
        cpuSecondsPerMillion: perMillion,
        peakMegabytes,
      });
    });
  });
}

function summarize(worker, results) {
  const mine = results.filter((each) => each.worker === worker);
  const spread = (field) => {
    const sorted = mine.map((each) => each[field]).sort((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
    return { min: sorted[0], median, max: sorted.at(-1) };
  };
  return {
    worker,
    cpuSecondsPerMillion: spread('cpuSecondsPerMillion'),
    perSecond: spread('perSecond'),
    peakMegabytes: spread('peakMegabytes'),
  };
}

function print(summary) {
  const head = ['', 'CPU s per million: median', 'min', 'max', 'of the floor', 'records/s', 'peak MB'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { worker, cpuSecondsPerMillion: cpu, perSecond, peakMegabytes } of summary) {
    const floor = summary.find((each) => each.worker === worker.replace('millrace', 'kafkajs'));
    table.push([
      worker,
      ...[cpu.median, cpu.min, cpu.max].map((seconds) => seconds.toFixed(2)),
      floor === undefined ? '' : (cpu.median / floor.cpuSecondsPerMillion.median).toFixed(2),
      Math.round(perSecond.median),
      Math.round(peakMegabytes.median),
    ]);
  }
  console.log(table.toString());
  console.log(
    'CPU: user and system of the whole process, start included. Compare that; records/s is of this machine now.',
  );
}
