import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaConnection } from '@millrace/kafka';
import { startKafkaCluster, uniqueName } from '@millrace/testing';
import { checkProcesses } from './framework/check-processes.js';
import { Finding } from './framework/finding.js';
import { integrityRow } from './framework/integrity-row.js';
import { JobProcess } from './framework/job-process.js';
import { isCommitted } from './framework/topics.js';
import { until } from './framework/until.js';

/** For everything that is waited for: a loaded machine starts a process in half a minute. */
const LIMIT_MS = 120_000;

const PARTITIONS = 6;
const IN_A_BATCH = 20;
/** What an outage may have the job log. */
const allow = [/cannot be reached/, /were not committed/];

// One in turn: each of the three leads partitions of every topic, and one of them coordinates the group. The job writes
// its failed events with a key or without, as they came; certificates and audit events with one.
integrityRow(
  'kafka: leaders and coordinator lost among three',
  { seconds: 90, bounded: 9, protection: 'takes a write that failed for done' },
  async (row) => {
    const cluster = await startKafkaCluster({ brokers: 3 });
    row.onEnd(() => cluster.stop());
    const scene = await row.scene({ kafka: { addresses: cluster.addresses, replicationFactor: 3 } });
    await scene.start();
    await scene.start();
    scene.feed();
    await scene.progressed(50, LIMIT_MS);
    row.underWay();
    const begun = performance.now();
    let runs = 0;
    let recoverySeconds = 0;
    do {
      for (const broker of cluster.brokers) {
        await broker.kill();
        const lost = performance.now();
        await scene.progressed(20, LIMIT_MS);
        recoverySeconds = Math.max(recoverySeconds, Math.round((performance.now() - lost) / 100) / 10);
        await sleep(row.seconds(10) * 1_000);
        await broker.restart();
        await scene.progressed(20, LIMIT_MS);
        runs += 1;
      }
    } while (performance.now() - begun < row.length * 1_000);
    const found = await scene.checkEverything({ allow, drainTimeoutMs: LIMIT_MS });
    row.report({ runs, recoverySeconds, note: 'recovery from the loss, the two others running', ...found });
  },
);

// A record without a key goes to any partition that has a leader; the job above gives nearly all of its records one.
integrityRow(
  'kafka: leaders lost among three, a sink without keys',
  {
    seconds: 60,
    bounded: 6,
    onlyInFull: 'the row above loses the same leaders, and takes half a minute for its brokers',
    protection: 'takes a write that failed for done',
  },
  async (row) => {
    const cluster = await startKafkaCluster({ brokers: 3 });
    row.onEnd(() => cluster.stop());
    const kafka = new KafkaConnection({ brokers: [...cluster.addresses] });
    row.onEnd(() => kafka.close());
    const [input, output] = [uniqueName('keyless-in'), uniqueName('keyless-out')];
    const layout = { partitions: PARTITIONS, replicationFactor: 3 };
    await kafka.createTopics([input, output].map((topic) => ({ topic, ...layout })));
    const job = JSON.stringify({ brokers: cluster.addresses, input, output });
    const script = join('test', 'integrity', 'jobs', 'keyless.mjs');
    const copying = new JobProcess([job], 0, { script });
    row.onEnd(() => (copying.isRunning ? copying.kill() : undefined));

    let fed = 0;
    let isFeeding = true;
    const feeding = (async () => {
      while (isFeeding) {
        const values = Array.from({ length: IN_A_BATCH }, (_, n) => String(fed + n));
        const records = values.map((value) => ({ key: `key ${value}`, value }));
        // What was not acknowledged is fed once more: a value may be there twice, none is missing.
        try {
          await kafka.append(input, records);
          fed += IN_A_BATCH;
        } catch {
          // The cluster has no leader for some of it yet.
        }
        await sleep(20);
      }
    })();
    const fedAll = async (): Promise<void> => {
      isFeeding = false;
      await feeding;
    };
    row.onEnd(fedAll);
    const state = async (): Promise<string> => {
      const out = await countIn(kafka, output).catch(() => 'an unknown number');
      const down = cluster.brokers.filter(({ pid }) => pid === undefined).map(({ port }) => port);
      const counts = `${String(fed)} fed, ${String(out)} out; brokers that are down: ${down.join(', ') || 'none'}`;
      return `${counts}\n${copying.stderr.slice(-2_000)}`;
    };
    const arrived = (wanted: number): Promise<void> =>
      until(`${String(wanted)} records are out`, LIMIT_MS, async () => (await countIn(kafka, output)) >= wanted, state);

    await arrived(200);
    row.underWay();
    const begun = performance.now();
    let runs = 0;
    do {
      for (const broker of cluster.brokers) {
        const before = await countIn(kafka, output);
        await broker.kill();
        await arrived(before + 400);
        await sleep(row.seconds(5) * 1_000);
        await broker.restart();
        await arrived((await countIn(kafka, output)) + 200);
        runs += 1;
      }
    } while (performance.now() - begun < row.length * 1_000);
    await fedAll();
    await until('everything is committed', LIMIT_MS, () => isCommitted(kafka, input), state);
    await copying.stop();

    const values: string[] = [];
    const partitions = new Set<number>();
    for await (const { partition, key, value } of kafka.readTopic(output)) {
      if (key !== null && key !== undefined) throw new Finding('a record has a key');
      values.push(Buffer.from(value ?? []).toString());
      partitions.add(partition);
    }
    const there = new Set(values);
    const missing = Array.from({ length: fed }, (_, n) => String(n)).filter((value) => !there.has(value));
    const { problems: ofProcess, memoryMiB } = checkProcesses([copying], { allow });
    const problems = [...ofProcess];
    if (partitions.size !== PARTITIONS) problems.push(`records went to ${String(partitions.size)} partitions`);
    if (missing.length > 0) problems.push(`${String(missing.length)} of ${String(fed)} records are lost`);
    if (problems.length > 0) throw new Finding(problems.slice(0, 20).join('\n'));
    row.report({ runs, records: fed, lost: 0, wrong: 0, duplicates: values.length - there.size, memoryMiB });
  },
);

async function countIn(kafka: KafkaConnection, topic: string): Promise<number> {
  const ranges = await kafka.partitionRanges(topic);
  return [...ranges.values()].reduce((sum, { end }) => sum + end, 0);
}
