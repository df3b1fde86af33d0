// One round: a contestant between two topics, records at a rate, a reader of the results; each a process of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { uniqueName } from '@millrace/testing';
import { requestAt } from '../core/workload.mjs';
import { processFigures } from '../support/machine.mjs';
import { now } from './clock.mjs';

const core = (name) => new URL(`../core/${name}.mjs`, import.meta.url).pathname;
const script = (name) => new URL(`${name}.mjs`, import.meta.url).pathname;
/** Between the word to begin and the beginning; and what may pass until the last result is there. */
const LEAD_MS = 200;
const DRAIN_MS = 60_000;
const POLL_MS = 250;

/** @param rate records a second; Infinity: as many as can be sent, and what is left at the end is not waited for */
export async function playRound(contestant, { connection, brokers }, { rate, seconds, warmUpSeconds }) {
  const [input, output] = [uniqueName('bench-in'), uniqueName('bench-out')];
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  await connection.createTopics([input, output].map((topic) => ({ topic, partitions: 1 })));
  const load = loadavg()[0];
  const job = start([core(contestant), 'w1', brokers.join(','), input, output, folder, Infinity]);
  const reader = start([script('read'), brokers.join(','), output]);
  const producer = start([script('produce'), brokers.join(','), input, rate, warmUpSeconds + seconds]);
  try {
    await Promise.all([reader.line(), producer.line()]);
    await connection.append(input, [requestAt(0, now())]);
    await all(reader, 1);
    const startAt = now() + LEAD_MS;
    producer.tell(startAt);
    const from = startAt + warmUpSeconds * 1_000;
    const to = from + seconds * 1_000;
    await Promise.race([sleep(from - now()), job.failed, reader.failed, producer.failed]);
    const before = processFigures(job.pid);
    await Promise.race([sleep(to - now()), job.failed, reader.failed, producer.failed]);
    const after = processFigures(job.pid);
    const { sent } = JSON.parse(await producer.line());
    const found = rate === Infinity ? await reader.ask({ from, to }) : await all(reader, sent + 1, { from, to });
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    const { peakMegabytes } = processFigures(job.pid);
    return { sent, ...found, perSecond: found.arrived / seconds, cores: cpuSeconds / seconds, peakMegabytes, load };
  } finally {
    await Promise.all([job, reader, producer].map((each) => each.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the reader found as soon as it has seen `sent` results: no more of them, as nothing failed. */
async function all(reader, sent, span = { from: 0, to: 0 }) {
  const deadline = now() + DRAIN_MS;
  for (;;) {
    const found = await reader.ask(span);
    if (found.seen === sent) return found;
    if (found.seen > sent || now() > deadline) throw new Error(`${found.seen} results of ${sent} records`);
    await sleep(POLL_MS);
  }
}

function start(args) {
  const child = spawn(process.execPath, args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let isStopping = false;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const failed = new Promise((_resolve, reject) => {
    void ended.then((code) => {
      if (!isStopping && code !== 0) reject(new Error(`${args.join(' ')}: exit ${code}`));
    });
  });
  failed.catch(() => undefined);
  const line = () => Promise.race([lines.next().then(({ value }) => value), failed]);
  const tell = (what) => child.stdin.write(`${JSON.stringify(what)}\n`);
  return {
    pid: child.pid,
    failed,
    line,
    tell,
    async ask(question) {
      tell(question);
      return JSON.parse(await line());
    },
    async stop() {
      isStopping = true;
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}
