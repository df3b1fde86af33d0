// The reconciliation job on the embedded stores and on real services, swept over the enrolments in flight: one process,
// parallelism 1. Each figure is of a whole process, start included, that drains a backlog.
//   npm run bench -- reconciliation [--backends embedded,services] [--concurrency 1,8,32,128] [--users N] [--runs N] [--json FILE]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CassandraSession } from '@millrace/cassandra';
import { freePort, startServices, uniqueName } from '@millrace/testing';
import Table from 'cli-table3';
import { bucketsOf, quantile } from './support/quantile.mjs';

const root = new URL('..', import.meta.url).pathname;
const cli = join(root, 'packages', 'runner', 'bin', 'millrace.mjs');
const probe = new URL('support/probe.mjs', import.meta.url).href;

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      backends: { type: 'string', default: 'embedded,services' },
      concurrency: { type: 'string', default: '1,8,32,128' },
      users: { type: 'string', default: '600' },
      courses: { type: 'string', default: '50' },
      runs: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  let services;
  try {
    const dataset = join(folder, 'dataset');
    await millrace([
      'sample',
      'reconciliation',
      '--out',
      dataset,
      '--users',
      values.users,
      '--courses',
      values.courses,
      '--seed',
      '1',
    ]);
    const results = [];
    for (const backend of values.backends.split(',')) {
      if (backend === 'services') services ??= await startServices(['kafka', 'cassandra', 'redis']);
      for (const concurrency of values.concurrency.split(',').map(Number)) {
        for (let run = 1; run <= Number(values.runs); run += 1) {
          const place =
            backend === 'embedded'
              ? ['--embedded', join(folder, `store-${results.length}`)]
              : await onServices(services);
          results.push({ backend, concurrency, run, ...(await measure(place, dataset, concurrency, folder)) });
          process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
        }
      }
    }
    print(results);
    if (values.json !== undefined) {
      writeFileSync(
        values.json,
        `${JSON.stringify({ benchmark: 'reconciliation', node: process.version, results }, null, 2)}\n`,
      );
    }
  } finally {
    await services?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(place, dataset, concurrency, folder) {
  await millrace(['load', 'reconciliation', '--dataset', dataset, ...place]);
  const port = await freePort();
  const file = join(folder, 'probe.json');
  const options = [
    '--until-drained',
    '--summary',
    'json',
    '--http.port',
    String(port),
    '--set',
    `task.max-in-flight=${concurrency}`,
  ];
  const ended = millrace(['run', 'reconciliation', ...options, ...place], {
    BENCH_PROBE: file,
    NODE_OPTIONS: `--import ${probe}`,
  });
  let metrics = '';
  let isOver = false;
  const watch = (async () => {
    while (!isOver) {
      try {
        metrics = await (
          await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(2_000) })
        ).text();
      } catch {
        // Not listening yet, or gone.
      }
      await sleep(100);
    }
  })();
  const stdout = await ended.finally(() => (isOver = true));
  await watch;
  const { read, seconds, perSecond } = JSON.parse(stdout.trimEnd().split('\n').at(-1));
  const { cpuSeconds, peakMegabytes, anonymousMegabytes } = JSON.parse(readFileSync(file, 'utf8'));
  const buckets = bucketsOf(metrics, 'recordSettleSeconds');
  const milliseconds = (q) => round((quantile(buckets, q) ?? NaN) * 1000);
  return {
    requests: read,
    seconds: round(seconds),
    perSecond: round(perSecond),
    p50Milliseconds: milliseconds(0.5),
    p99Milliseconds: milliseconds(0.99),
    peakMegabytes: round(peakMegabytes),
    anonymousMegabytes: round(anonymousMegabytes),
    cpuSecondsPer1000: round((cpuSeconds / read) * 1000),
  };
}

function print(results) {
  const head = ['backend', 'in flight', 'requests', 'per second', 'p50 ms', 'p99 ms', 'peak MB', 'CPU s / 1,000'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const each of results) {
    table.push([
      each.backend,
      each.concurrency,
      each.requests,
      each.perSecond,
      each.p50Milliseconds,
      each.p99Milliseconds,
      each.peakMegabytes,
      each.cpuSecondsPer1000,
    ]);
  }
  console.log(table.toString());
  console.log(
    'p50 and p99: from the moment a record is read to its last acknowledgement. CPU: user and system, start included.',
  );
}

/** Topics, a keyspace and a Redis database that nothing was written to yet. */
async function onServices({ kafka, cassandra, redis }) {
  const name = uniqueName('bench')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_');
  const session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
  await session.connect({ timeoutMs: 30_000 });
  const schema = readFileSync(join(root, 'packages', 'reconciliation', 'fixtures', 'sunbird_courses.cql'), 'utf8');
  for (const statement of schema
    .replaceAll(/^--.*$/gm, '')
    .replaceAll('sunbird_courses', name)
    .split(';')) {
    if (statement.trim() !== '') await session.execute(statement.trim());
  }
  await session.close();
  const set = {
    env: name,
    'kafka.broker-servers': kafka.addresses.join(','),
    'lms-cassandra.host': cassandra.host,
    'lms-cassandra.port': cassandra.port,
    'lms-cassandra.keyspace': name,
    'redis.host': redis.host,
    'redis.port': redis.port,
    'service.search.basePath': 'http://127.0.0.1:9',
  };
  return Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

function millrace(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`millrace ${args.join(' ')}: exit ${code}\n${stderr.slice(-2_000)}`));
    });
  });
}

function round(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
