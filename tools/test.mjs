// `npm test`: installs and builds what is missing, runs the unit and the integration suites, and ends with what was not
// run and why. Arguments go to jest: `npm test -- packages/core`. Needs Node and npm; with Java, Maven and redis-server,
// or endpoints in the environment, the integration suites run too. MILLRACE_TEST_ONLY=unit leaves them out;
// MILLRACE_TEST_TOTALS=FILE gets the counts as JSON.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadTesting } from '../packages/testing/jest/load-testing.mjs';
import { ensureBuilt, log, root } from './workspace.mjs';

const args = process.argv.slice(2);
// A selection may well match files of one project only; without one, finding no test is an error.
const selection = args.length > 0 ? ['--passWithNoTests', ...args] : [];
// Unit suites share nothing. The integration suites share their servers and look at the time: one after the other.
const workers = { unit: '--maxWorkers=100%', integration: '--runInBand' };
const onlyUnit = process.env.MILLRACE_TEST_ONLY === 'unit';

try {
  await ensureBuilt();
} catch (error) {
  log(error.message);
  process.exit(1);
}

const { formatFailures, formatReport, mayBeMissing, mergeReports } = await loadTesting();
const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
const reports = [];
let failed = false;
for (const project of onlyUnit ? ['unit'] : ['unit', 'integration']) {
  const { status, report, stuck } = await runJest(project);
  failed ||= status !== 0;
  reports.push(report ?? nothingRun(project));
  if (stuck) reports.push(oneFailure(project, 'jest did not end after its last test: see above what was open'));
}
rmSync(folder, { recursive: true, force: true });

const total = mergeReports(reports);
if (process.env.MILLRACE_TEST_TOTALS) {
  mkdirSync(join(process.env.MILLRACE_TEST_TOTALS, '..'), { recursive: true });
  writeFileSync(process.env.MILLRACE_TEST_TOTALS, `${JSON.stringify(total)}\n`);
}
const missing =
  process.env.MILLRACE_SERVICES === 'required' ? total.notRun.filter((entry) => !mayBeMissing(entry)) : [];
if (missing.length > 0) {
  log(`MILLRACE_SERVICES=required, and ${missing.length} of the entries below may not be left out`);
  failed = true;
}
if (total.failures.length > 0) process.stdout.write(`\n${formatFailures(total.failures)}\n`);
process.stdout.write(`\n${total.passed} tests passed, ${total.failed} failed.\n${formatReport(total)}\n`);
process.exitCode = failed ? 1 : 0;

/** Jest itself ended before any test, e.g. because required services cannot be had. That is one failure. */
function nothingRun(project) {
  const title = 'not run: a failure before the first test, see above';
  return { ...oneFailure(project, title), notRun: [{ file: `project ${project}`, suite: '', title }] };
}

function oneFailure(project, message) {
  const failures = [{ file: `project ${project}`, title: '', message }];
  return { passed: 0, failed: 1, skipped: 0, services: {}, notRun: [], failures };
}

async function runJest(project) {
  const target = join(folder, `${project}.json`);
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  // The selection first: --selectProjects takes every word after it for a project's name.
  const diagnosis = `${project}-open.json`;
  const reportOnSignal = ['--report-on-signal', `--report-directory=${folder}`, `--report-filename=${diagnosis}`];
  const child = spawn(
    process.execPath,
    [...reportOnSignal, jest, ...selection, workers[project], '--selectProjects', project],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        NODE_OPTIONS: [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
          .filter(Boolean)
          .join(' '),
        MILLRACE_TEST_REPORT: target,
      },
    },
  );
  let stuck = false;
  const watch = whenStuck(target, async () => {
    stuck = true;
    log('jest does not end after its last test: a test left something open; ended');
    child.kill('SIGUSR2');
    await sleep(5_000);
    log(describeOpen(join(folder, diagnosis)));
    child.kill('SIGKILL');
  });
  const status = await new Promise((resolve) => child.once('exit', resolve).once('error', () => resolve(null)));
  clearInterval(watch);
  try {
    return { status, stuck, report: JSON.parse(readFileSync(target, 'utf8')) };
  } catch {
    return { status, stuck };
  }
}

/** A handle that a test left open keeps jest alive for good: after its report it has two minutes to stop services. */
function whenStuck(reportFile, then) {
  let reportedAt;
  const watch = setInterval(() => {
    if (reportedAt === undefined) {
      if (existsSync(reportFile)) reportedAt = Date.now();
    } else if (Date.now() - reportedAt > 120_000) {
      clearInterval(watch);
      void then();
    }
  }, 1000);
  return watch;
}

/** From Node's diagnostic report: where the process is, and the handles that keep it alive. */
function describeOpen(file) {
  if (!existsSync(file)) return 'it did not answer a request for its open handles';
  const { javascriptStack, libuv } = JSON.parse(readFileSync(file, 'utf8'));
  const handles = libuv
    .filter((handle) => handle.is_active && handle.is_referenced)
    .map(({ type, localEndpoint, remoteEndpoint, firesInMsFromNow, pid }) =>
      [
        type,
        localEndpoint?.port,
        remoteEndpoint && `to ${remoteEndpoint.host}:${remoteEndpoint.port}`,
        firesInMsFromNow,
        pid,
      ]
        .filter((part) => part !== undefined)
        .join(' '),
    );
  return ['open:', ...handles, 'stack:', ...(javascriptStack?.stack ?? [])].map((line) => line.trim()).join('\n  ');
}
