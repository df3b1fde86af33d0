// The runtime alone, in memory: operators, keyed async calls, windows, timers; and checkpoints on LMDB by number of keys.
//   npm run bench -- runtime [--runs 3] [--keys 1000,100000,1000000,5000000] [--json FILE]
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import Table from 'cli-table3';
import { machine } from './support/machine.mjs';
import { round, spread, spreadText } from './support/statistics.mjs';

const CHANGES = 10_000;
const child = new URL('runtime/child.mjs', import.meta.url).pathname;

const CASES = [
  ['operators', 'job', 0, 'source and sink alone'],
  ['operators', 'job', 1, '1 operator'],
  ['operators', 'job', 3, '3 operators'],
  ['operators', 'job', 10, '10 operators'],
  ['operators', 'loop', 10, 'a loop over a list of the ten functions'],
  ['operators', 'written', 10, 'the ten calls written down'],
  ...[1, 8, 32, 128].flatMap((n) => [
    ['keyed-async', 'operator', n, `keyed async, ${n} in flight`],
    ['keyed-async', 'hand', n, `queue by hand, ${n} in flight`],
  ]),
  ['event-time', 'none', 0, 'watermarks alone'],
  ['event-time', 'windows', 1, 'windows of 1 element'],
  ['event-time', 'windows', 10, 'windows of 10 elements'],
  ['event-time', 'windows', 100, 'windows of 100 elements'],
  ['event-time', 'timers', 0, 'a timer for each element'],
];

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '3' },
      keys: { type: 'string', default: '1000,100000,1000000,5000000' },
      json: { type: 'string' },
    },
  });
  const where = machine();
  const elements = [];
  for (const [module, how, n, name] of CASES) {
    const found = await measured(module, values.runs, how, n);
    elements.push({ name, nanoseconds: found, ...spread(found) });
    process.stderr.write(`${name}: ${spreadText(found)} ns\n`);
  }
  const keys = values.keys === '' ? [] : values.keys.split(',').map(Number);
  const checkpoints = [];
  for (const each of keys) {
    checkpoints.push(await checkpointed(each));
    process.stderr.write(`${JSON.stringify(checkpoints.at(-1))}\n`);
  }
  print(elements, checkpoints);
  if (values.json === undefined) return;
  writeFileSync(values.json, `${JSON.stringify({ benchmark: 'runtime', ...where, elements, checkpoints }, null, 2)}\n`);
}

async function measured(module, ...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [child, module, ...args.map(String)]);
  return JSON.parse(stdout);
}

async function checkpointed(keys) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const filled = await measured('checkpoints', 1, folder, keys, keys, 1_000);
    // No checkpoint by the clock: one write has all that changed.
    const back = await measured('checkpoints', 1, folder, keys, keys + CHANGES, 3_600_000);
    if (filled.seen !== keys || back.seen !== CHANGES) throw new Error(`${filled.seen} and ${back.seen} events`);
    return {
      keys,
      fillMicrosecondsPerKey: (filled.cpuSeconds / keys) * 1e6,
      toFirstElementMs: back.toFirstMs,
      writeMs: back.longestWriteMs,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(elements, checkpoints) {
  const style = { head: [], border: [] };
  const table = new Table({ head: ['CPU of one element', 'ns, median', 'min', 'max'], style });
  for (const { name, median, min, max } of elements) table.push([name, round(median), round(min), round(max)]);
  console.log(table.toString());
  if (checkpoints.length === 0) return;
  const head = [
    'keys on LMDB',
    'filling, CPU µs a key',
    'start to first element, ms',
    `writing ${CHANGES} changes, ms`,
  ];
  const kept = new Table({ head, style });
  for (const { keys, ...figures } of checkpoints) kept.push([keys, ...Object.values(figures).map(round)]);
  console.log(kept.toString());
}
