import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { cli } from '../support/millrace.mjs';
import { machine, processFigures } from '../support/machine.mjs';
import { enrolmentOf } from './dataset.mjs';

const floorScript = new URL('floor.mjs', import.meta.url).pathname;
const SETTLE_MS = 15_000;
const POLL_MS = 5;

/** From the start of the process to the moment the first request's write can be read, by somebody else. */
export async function measureStart(environment, runs) {
  const requests = 200;
  const input = await environment.inputTopic(requests);
  const results = [];
  for (let run = 1; run <= runs; run += 1) {
    for (const contestant of ['floor', 'job']) {
      const names = await environment.freshRun(input, requests);
      const { load } = machine();
      const startedAt = performance.now();
      const child = start(contestant, environment, names, requests);
      await firstSettled(environment);
      const firstSettledSeconds = (performance.now() - startedAt) / 1_000;
      const { cpuSeconds } = processFigures(child.process.pid);
      await child.stop();
      results.push({ contestant, run, firstSettledSeconds, cpuSeconds, load });
      process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
    }
  }
  return results;
}

/** CPU time of a job that has nothing to do, after it has settled some requests. */
export async function measureIdle(environment, seconds) {
  const requests = 200;
  const input = await environment.inputTopic(requests);
  const names = await environment.freshRun(input, requests);
  const child = start('job', environment, names, requests);
  await firstSettled(environment);
  await sleep(SETTLE_MS);
  const before = processFigures(child.process.pid);
  const { load } = machine();
  await sleep(seconds * 1_000);
  const after = processFigures(child.process.pid);
  await child.stop();
  return {
    seconds,
    cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100,
    residentMegabytes: after.residentMegabytes,
    peakMegabytes: after.peakMegabytes,
    load,
  };
}

function start(contestant, environment, names, requests) {
  const args =
    contestant === 'floor'
      ? [floorScript, JSON.stringify(environment.settings(names, { requests, concurrency: 16 }))]
      : [cli, 'run', 'reconciliation', '--log-level', 'warn', ...environment.flags(names)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    process: child,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Resolves when the first request's enrolment has the progress that the job computes: nine of its contents. */
async function firstSettled({ session, name }) {
  const { userId, courseId, batchId } = enrolmentOf(0);
  const select = `SELECT progress FROM ${name}.user_enrolments WHERE userid = ? AND courseid = ? AND batchid = ?`;
  for (;;) {
    const { rows } = await session.execute(select, [userId, courseId, batchId]);
    if (rows[0]?.progress === 9) return;
    await sleep(POLL_MS);
  }
}
