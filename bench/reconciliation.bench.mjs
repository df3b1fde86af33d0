// The reconciliation job on real services against a floor: a plain loop of the bare clients that sends the same statements
// and records for the same data (reconciliation/floor.mjs). Both are whole processes on one partition, swept over the
// enrolments in flight, interleaved; what each run leaves in the tables and topics must equal what the first one left.
//   npm run bench -- reconciliation [--concurrency 1,4,16,64] [--requests N] [--runs N] [--parts sweep,parallelism,start,idle]
//                                   [--parallelism 1,2] [--idle-seconds N] [--json FILE]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServices } from '@millrace/testing';
import Table from 'cli-table3';
import { runContestant } from './reconciliation/contestants.mjs';
import { Environment } from './reconciliation/environment.mjs';
import { measureParallelism, printParallelism } from './reconciliation/parallelism.mjs';
import { measureIdle, measureStart } from './reconciliation/start-and-idle.mjs';
import { machine } from './support/machine.mjs';
import { round, spread, spreadText } from './support/statistics.mjs';

/** One at a time is slow: it gets a part of the requests. */
const REQUESTS_PER_PLACE = 1_000;
const CONTESTANTS = ['floor', 'job'];

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      concurrency: { type: 'string', default: '1,4,16,64' },
      requests: { type: 'string', default: '10000' },
      runs: { type: 'string', default: '3' },
      parts: { type: 'string', default: 'sweep,parallelism,start,idle' },
      parallelism: { type: 'string', default: '1,2' },
      'idle-seconds': { type: 'string', default: '60' },
      json: { type: 'string' },
    },
  });
  const parts = values.parts.split(',');
  const runs = Number(values.runs);
  const requests = Number(values.requests);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const services = await startServices(['kafka', 'cassandra', 'redis'], { sources: ['process'] });
  const environment = new Environment(services, folder);
  try {
    const started = machine();
    await environment.prepare(requests);
    const result = { benchmark: 'reconciliation', ...started };
    if (parts.includes('sweep')) {
      result.sweep = await sweep(environment, values.concurrency.split(',').map(Number), requests, runs);
      printSweep(result.sweep);
    }
    if (parts.includes('parallelism')) {
      const parallelism = values.parallelism.split(',').map(Number);
      const concurrency = Number(values.concurrency.split(',').at(-1));
      result.parallelism = await measureParallelism(environment, { parallelism, concurrency, requests, runs });
      printParallelism(result.parallelism);
    }
    if (parts.includes('start')) {
      result.start = await measureStart(environment, runs);
      printStart(result.start);
    }
    if (parts.includes('idle')) {
      result.idle = await measureIdle(environment, Number(values['idle-seconds']));
      console.log(
        `idle: ${round(result.idle.cpuPercent)} % of a core over ${result.idle.seconds} s, ${round(result.idle.residentMegabytes)} MB resident`,
      );
    }
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    await environment.close();
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sweep(environment, concurrencies, requests, runs) {
  const results = [];
  const expected = new Map();
  // Not counted: until it has compiled its own hot paths, Cassandra answers whoever comes first at half its rate.
  await one(environment, 'floor', concurrencies.at(-1), requests, new Map());
  for (let run = 1; run <= runs; run += 1) {
    for (const concurrency of concurrencies) {
      const count = Math.min(requests, REQUESTS_PER_PLACE * concurrency);
      // Whoever comes second finds the larger tables and the warmer caches: they take turns.
      for (const contestant of run % 2 === 1 ? CONTESTANTS : [...CONTESTANTS].reverse()) {
        const figures = await one(environment, contestant, concurrency, count, expected);
        results.push({ contestant, concurrency, run, requests: count, ...figures });
        process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
      }
    }
  }
  return results;
}

async function one(environment, contestant, concurrency, requests, expected) {
  const input = await environment.inputTopic(requests);
  const names = await environment.freshRun(input, requests);
  const { load } = machine();
  const figures = await runContestant(contestant, environment, names, { requests, concurrency });
  const results = await environment.results(names);
  const first = expected.get(requests) ?? { results, statements: figures.statements };
  expected.set(requests, first);
  const wrong = results.findIndex((line, index) => line !== first.results[index]);
  if (wrong >= 0 || results.length !== first.results.length) {
    throw new Error(
      `${contestant} at ${concurrency} left something else:\n${results[wrong]}\ninstead of\n${first.results[wrong]}`,
    );
  }
  if (figures.statements.join() !== first.statements.join()) {
    throw new Error(`${contestant} at ${concurrency} sent ${figures.statements}, the first run ${first.statements}`);
  }
  return { ...figures, resultLines: results.length, load };
}

function printSweep(results) {
  const head = [
    ...['in flight', 'requests', 'floor requests/s', 'job requests/s', 'job / floor', 'floor CPU ms', 'job CPU ms'],
    ...['with start', 'floor MB', 'job MB', 'load'],
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const concurrency of new Set(results.map((each) => each.concurrency))) {
    const of = (contestant, name) =>
      results
        .filter((each) => each.contestant === contestant && each.concurrency === concurrency)
        .map((each) => each[name]);
    const ratios = of('job', 'requestsPerSecond').map((rate, run) => rate / of('floor', 'requestsPerSecond')[run]);
    table.push([
      concurrency,
      of('job', 'requests')[0],
      spreadText(of('floor', 'requestsPerSecond')),
      spreadText(of('job', 'requestsPerSecond')),
      spreadText(ratios),
      round(spread(of('floor', 'cpuMillisecondsPerRequest')).median),
      round(spread(of('job', 'cpuMillisecondsPerRequest')).median),
      round(spread(of('job', 'wholeCpuMillisecondsPerRequest')).median),
      round(spread(of('floor', 'peakMegabytes')).median),
      round(spread(of('job', 'peakMegabytes')).median),
      spreadText(of('job', 'load')),
    ]);
  }
  console.log(table.toString());
  console.log('median (min to max); CPU is the own CPU per request while at work, and of the whole process');
  const best = (contestant) =>
    Math.max(
      ...[...new Set(results.map((each) => each.concurrency))].map(
        (concurrency) =>
          spread(
            results
              .filter((each) => each.contestant === contestant && each.concurrency === concurrency)
              .map((each) => each.requestsPerSecond),
          ).median,
      ),
    );
  console.log(
    `each at its best: ${round(best('job'))} / ${round(best('floor'))} = ${round(best('job') / best('floor'))}`,
  );
}

function printStart(results) {
  const table = new Table({
    head: ['', 'start to first settled s', 'CPU s until then'],
    style: { head: [], border: [] },
  });
  for (const contestant of CONTESTANTS) {
    const of = (name) => results.filter((each) => each.contestant === contestant).map((each) => each[name]);
    table.push([contestant, spreadText(of('firstSettledSeconds')), spreadText(of('cpuSeconds'))]);
  }
  console.log(table.toString());
}
