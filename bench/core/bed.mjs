// A workload from Kafka to Kafka, one partition: this project beside two floors, in turn. A run whose output is wrong
// does not count: it ends the benchmark.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KafkaConnection } from '@millrace/kafka';
import { startServices, uniqueName } from '@millrace/testing';
import { Kafka, logLevel } from '../kafka-client/kafkajs.mjs';
import { machine } from '../support/machine.mjs';
import { probed } from '../support/probed.mjs';
import { note, printTable, writeResult } from '../support/report.mjs';
import { spread } from '../support/statistics.mjs';
import { verify } from './verify.mjs';
import { MIN_RECORDS, recordAt } from './workload.mjs';

const CONTESTANTS = ['millrace', 'floor-mended', 'floor-kafkajs'];

/** @param workload w1, w2 or w3 */
export async function runCore(workload, args) {
  const { values } = parseArgs({
    args,
    options: {
      records: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      contestants: { type: 'string', default: CONTESTANTS.join(',') },
      profile: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const count = Number(values.records);
  if (!(count >= MIN_RECORDS)) throw new Error(`--records: at least ${MIN_RECORDS}`);
  const contestants = values.contestants.split(',');
  const services = await startServices(['kafka']);
  const brokers = services.kafka.addresses;
  const connection = new KafkaConnection({ brokers });
  const bed = { workload, brokers, connection, count, input: uniqueName('bench-in'), profile: values.profile };
  const results = [];
  try {
    await fill(bed);
    for (let run = 1; run <= Number(values.runs); run += 1) {
      for (const contestant of contestants) {
        results.push({ contestant, run, ...(await measure(contestant, bed)) });
        note(results.at(-1));
      }
    }
  } finally {
    await deleteTopics(brokers, [bed.input]).catch(() => undefined);
    await connection.close();
    await services.stop();
  }
  const fields = ['cpuSecondsPerMillion', 'perSecond', 'peakMegabytes', 'anonymousMegabytes'];
  const summary = contestants.map((contestant) => {
    const mine = results.filter((each) => each.contestant === contestant);
    return {
      contestant,
      ...Object.fromEntries(fields.map((field) => [field, spread(mine.map((each) => each[field]))])),
    };
  });
  print(summary);
  writeResult(values.json, { benchmark: `core-${workload}`, ...machine(), records: count, summary, results });
}

async function fill({ connection, input, count }) {
  // The records' times are of some day long ago: the broker would delete them while they are read.
  await connection.createTopics([{ topic: input, partitions: 1, config: { 'retention.ms': '-1' } }]);
  function* records() {
    for (let i = 0; i < count; i += 1) yield recordAt(i, count);
  }
  await connection.append(input, records());
}

async function measure(contestant, bed) {
  const { workload, brokers, connection, count, input, profile } = bed;
  const output = uniqueName('bench-out');
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  await connection.createTopics([{ topic: output, partitions: 1 }]);
  try {
    const script = new URL(`${contestant}.mjs`, import.meta.url).pathname;
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const args = [workload, brokers.join(','), input, output, join(folder, 'state'), count];
    const { found, figures, load } = await probed(script, args, flags);
    const outputs = [];
    for await (const { key, value } of connection.readTopic(output)) {
      outputs.push({ key: key.toString(), value: JSON.parse(value.toString()) });
    }
    verify[workload](count, outputs, found);
    const { cpuSeconds, seconds, ...memory } = figures;
    const cpuSecondsPerMillion = (cpuSeconds / count) * 1e6;
    return { cpuSecondsPerMillion, seconds, perSecond: count / seconds, ...memory, outputs: outputs.length, load };
  } finally {
    await deleteTopics(brokers, [output]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function deleteTopics(brokers, topics) {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics });
  await admin.disconnect();
}

function print(summary) {
  const floorOf = (name) => summary.find(({ contestant }) => contestant === name)?.cpuSecondsPerMillion.median;
  const head = [
    '',
    'CPU s per million: median',
    'min',
    'max',
    'records per CPU s of mended floor',
    'of bare',
    'records/s',
    'peak MB',
  ];
  const rows = summary.map(({ contestant, cpuSecondsPerMillion: cpu, perSecond, peakMegabytes }) => {
    const share = (floor) => (floor === undefined ? '' : (floor / cpu.median).toFixed(2));
    return [
      contestant,
      ...[cpu.median, cpu.min, cpu.max].map((seconds) => seconds.toFixed(2)),
      share(floorOf('floor-mended')),
      share(floorOf('floor-kafkajs')),
      Math.round(perSecond.median),
      Math.round(peakMegabytes.median),
    ];
  });
  printTable(head, rows);
  console.log('CPU: user and system of the whole process, start included; compare that. Memory: VmHWM.');
}
