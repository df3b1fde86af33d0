// What a job takes that has nothing to do: from the start of the process to the first settled record, memory and CPU while
// idle, and how much of a disk an installation is.
//   npm run bench -- footprint [--parts core,reconciliation,installed] [--idle-seconds 60] [--runs 3] [--quick] [--json FILE]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServices } from '@millrace/testing';
import { coreFootprint } from './footprint/core.mjs';
import { installedSizes } from './footprint/installed.mjs';
import { Environment } from './reconciliation/environment.mjs';
import { measureIdle, measureStart } from './reconciliation/start-and-idle.mjs';
import { machine } from './support/machine.mjs';
import { note, printTable, writeResult } from './support/report.mjs';
import { round, spreadText } from './support/statistics.mjs';

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      parts: { type: 'string', default: 'core,reconciliation,installed' },
      'idle-seconds': { type: 'string', default: '60' },
      runs: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false }, // once, and ten seconds of idleness
      json: { type: 'string' },
    },
  });
  const where = machine();
  const parts = values.parts.split(',');
  const options = {
    runs: values.quick ? 1 : Number(values.runs),
    idleSeconds: values.quick ? 10 : Number(values['idle-seconds']),
  };
  const found = {};
  if (parts.includes('core')) found.core = await coreFootprint(options);
  if (parts.includes('reconciliation')) found.reconciliation = await reconciliationFootprint(options);
  if (parts.includes('installed')) found.installed = await installedSizes();
  print(found);
  writeResult(values.json, { benchmark: 'footprint', ...where, isQuick: values.quick, ...found });
}

async function reconciliationFootprint({ runs, idleSeconds }) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const services = await startServices(['kafka', 'cassandra', 'redis'], { sources: ['process'] });
  const environment = new Environment(services, folder);
  try {
    await environment.prepare(200);
    const start = await measureStart(environment, runs);
    const idle = [];
    for (let run = 1; run <= runs; run += 1) {
      idle.push(await measureIdle(environment, idleSeconds));
      note({ job: 'reconciliation', run, ...idle.at(-1) });
    }
    return { start, idle };
  } finally {
    await environment.close();
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function print({ core, reconciliation, installed }) {
  const head = ['', 'start to first settled s', 'CPU s until then', 'idle % of a core', 'idle MB', 'peak MB', 'load'];
  const row = (name, start, idle) => {
    const of = (results, field) => (results.length === 0 ? '' : spreadText(results.map((each) => each[field])));
    const memory = ['cpuPercent', 'residentMegabytes', 'peakMegabytes'].map((field) => of(idle, field));
    return [name, of(start, 'firstSettledSeconds'), of(start, 'cpuSeconds'), ...memory, of(start, 'load')];
  };
  const rows = [];
  if (core !== undefined) rows.push(row('core-w1, Kafka to Kafka', core.start, core.idle));
  if (reconciliation !== undefined) {
    const { start, idle } = reconciliation;
    const of = (contestant) => start.filter((each) => each.contestant === contestant);
    rows.push(row('reconciliation', of('job'), idle), row('its floor', of('floor'), []));
  }
  if (rows.length > 0) printTable(head, rows);
  if (installed === undefined) return;
  printTable(
    ['installed with npm, without scripts', 'packages', 'files', 'MB', 'MB of it our own'],
    installed.map(({ what, packages, files, megabytes, own }) => [what, packages, files, round(megabytes), round(own)]),
  );
}
