// W1 of the core benchmarks with nothing to do but one record.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaConnection } from '@millrace/kafka';
import { startServices, uniqueName } from '@millrace/testing';
import { requestAt } from '../core/workload.mjs';
import { processFigures } from '../support/machine.mjs';
import { note } from '../support/report.mjs';

const job = new URL('../core/millrace.mjs', import.meta.url).pathname;
const POLL_MS = 5;
const SETTLE_MS = 15_000;

export async function coreFootprint({ runs, idleSeconds }) {
  const services = await startServices(['kafka']);
  const brokers = services.kafka.addresses;
  const connection = new KafkaConnection({ brokers });
  const [start, idle] = [[], []];
  try {
    for (let run = 1; run <= runs; run += 1) {
      const found = await one({ connection, brokers }, idleSeconds);
      start.push({ run, ...found.start });
      idle.push({ run, ...found.idle });
      note({ job: 'core-w1', run, ...found });
    }
  } finally {
    await connection.close();
    await services.stop();
  }
  return { start, idle };
}

async function one({ connection, brokers }, idleSeconds) {
  const [input, output] = [uniqueName('bench-in'), uniqueName('bench-out')];
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  await connection.createTopics([input, output].map((topic) => ({ topic, partitions: 1 })));
  await connection.append(input, [requestAt(0, Date.now())]);
  const load = loadavg()[0];
  const startedAt = performance.now();
  const args = [job, 'w1', brokers.join(','), input, output, folder, 'Infinity'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    while ((await connection.highWatermarks(output)).get(0) === 0) {
      if (child.exitCode !== null) throw new Error(`the job ended with exit code ${child.exitCode}`);
      await sleep(POLL_MS);
    }
    const firstSettledSeconds = (performance.now() - startedAt) / 1_000;
    const { cpuSeconds } = processFigures(child.pid);
    await sleep(SETTLE_MS);
    const before = processFigures(child.pid);
    await sleep(idleSeconds * 1_000);
    const { residentMegabytes, peakMegabytes, ...after } = processFigures(child.pid);
    const cpuPercent = ((after.cpuSeconds - before.cpuSeconds) / idleSeconds) * 100;
    return {
      start: { firstSettledSeconds, cpuSeconds, load },
      idle: { seconds: idleSeconds, cpuPercent, residentMegabytes, peakMegabytes, load },
    };
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
