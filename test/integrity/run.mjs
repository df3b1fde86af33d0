// `npm run test:integrity`: every fault once, bounded to ten minutes; the last thing printed is the table of results.
//   -- --minutes N   spreads N minutes over the rows; 90 or more give each its full length
//   -- --row NAME    only rows with NAME in their name; may be given again
//   -- --unprotected takes away what each row rests on, and fails where a row passes all the same
// MILLRACE_TEST_TOTALS=FILE gets the counts as JSON.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ensureBuilt, log, root } from '../../tools/workspace.mjs';

const started = Date.now();
const { minutes, names, bare } = readArguments();
try {
  await ensureBuilt();
} catch (error) {
  log(error.message);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-integrity-run-'));
const files = { results: join(folder, 'results.jsonl'), report: join(folder, 'report.json') };
const status = await runJest();
const results = linesOf(files.results);
const report = existsSync(files.report) ? JSON.parse(readFileSync(files.report, 'utf8')) : undefined;
rmSync(folder, { recursive: true, force: true });

const rows = results.filter(({ row }) => row !== undefined);
const defects = results.filter(({ defect, unprotected }) => defect !== undefined && unprotected === undefined);
if (!bare) process.stdout.write(`\n${tableOf(rows)}\n`);
if (bare) process.stdout.write(`\n${unprotectedOf(results.filter(({ unprotected }) => unprotected !== undefined))}\n`);
if (defects.length > 0) process.stdout.write(`\n${defectsOf(defects)}\n`);
for (const { leftOut, why } of results.filter((each) => each.leftOut !== undefined)) {
  process.stdout.write(`left to --minutes: ${leftOut} (${why})\n`);
}
for (const { title } of report?.notRun ?? []) process.stdout.write(`${title}\n`);
const { passed = 0, failed = 1, skipped = 0, failures = [] } = report ?? {};
const seconds = Math.round((Date.now() - started) / 1000);
const length = minutes === undefined ? 'bounded' : `of ${minutes} minutes`;
const form = bare ? 'without protection, where each must be found out' : length;
process.stdout.write(`\n${passed} rows passed, ${failed} failed, ${skipped} not run; ${form}, ${seconds} s in all\n`);
if (process.env.MILLRACE_TEST_TOTALS) {
  mkdirSync(dirname(process.env.MILLRACE_TEST_TOTALS), { recursive: true });
  writeFileSync(process.env.MILLRACE_TEST_TOTALS, `${JSON.stringify({ passed, failed, skipped, failures })}\n`);
}
process.exitCode = status === 0 && report !== undefined && failed === 0 ? 0 : 1;

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string' },
        row: { type: 'string', multiple: true },
        unprotected: { type: 'boolean', default: false },
      },
    });
    const wanted = values.minutes === undefined ? undefined : Number(values.minutes);
    if (wanted !== undefined && !(wanted > 0)) throw new Error(`--minutes takes a number above 0: ${values.minutes}`);
    if (wanted !== undefined && values.unprotected) throw new Error('--unprotected runs rows at bounded length');
    return { minutes: wanted, names: values.row, bare: values.unprotected };
  } catch (error) {
    process.stderr.write(
      `${error.message}\nusage: npm run test:integrity [-- --minutes N | --unprotected] [--row NAME]...\n`,
    );
    process.exit(2);
  }
}

function runJest() {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--runInBand', '--forceExit', '--selectProjects', 'integrity'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...(minutes === undefined ? {} : { MILLRACE_INTEGRITY_MINUTES: String(minutes) }),
      ...(names === undefined ? {} : { MILLRACE_INTEGRITY_ROW: names.join('\n') }),
      ...(bare ? { MILLRACE_INTEGRITY_UNPROTECTED: '1' } : {}),
      MILLRACE_INTEGRITY_RESULTS: files.results,
      MILLRACE_TEST_REPORT: files.report,
      NODE_OPTIONS: [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
        .filter(Boolean)
        .join(' '),
    },
  });
  return new Promise((resolve) => child.once('exit', resolve).once('error', () => resolve(null)));
}

function linesOf(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function tableOf(rows) {
  const head = [
    'row',
    '',
    'length s',
    'full s',
    'wall s',
    'runs',
    'records',
    'lost',
    'wrong',
    'again',
    'recovery s',
    'MiB',
  ];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const each of rows) {
    const { length, fullLength, wallSeconds, runs, records, lost, wrong, duplicates, recoverySeconds, memoryMiB } =
      each;
    const counts = [
      length,
      fullLength,
      wallSeconds,
      runs,
      records,
      lost,
      wrong,
      duplicates,
      recoverySeconds,
      memoryMiB,
    ];
    const name = each.note === undefined ? each.row : `${each.row}\n  ${each.note.replaceAll('; ', '\n  ')}`;
    table.push([name, each.passed ? 'ok' : 'FAILED', ...counts.map((count) => count ?? '')]);
  }
  return table.toString();
}

function unprotectedOf(rows) {
  const head = ['row', 'removed protection', 'what the checker said'];
  const table = new Table({
    head,
    colWidths: [44, 44, 90],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const { unprotected: row, defect, finding = 'not run' } of rows) {
    table.push([row, defect, finding.length > 260 ? `${finding.slice(0, 259)}…` : finding]);
  }
  return table.toString();
}

function defectsOf(defects) {
  const table = new Table({ head: ['planted defect', 'the checker'], style: { head: [], border: [], compact: true } });
  for (const { defect, finding = 'MISSED IT' } of defects) {
    table.push([defect, finding.length > 110 ? `${finding.slice(0, 109)}…` : finding]);
  }
  return table.toString();
}
