// `npm start`: the enrolment-reconciliation job on a sample of realistic shape, with no server: Kafka's, Cassandra's and
// Redis' roles are played by an embedded store in one folder. Nothing but Node and npm is needed.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { tryLock } from './lock.mjs';
import { ensureBuilt, log, root } from './workspace.mjs';

const folder = join(root, '.millrace', 'start');
const dataset = join(folder, 'sample');
const embedded = join(folder, 'embedded');
/**
 * Node lets its heap grow to many times what is in use before it looks for garbage. A sample needs little: with these
 * bounds it takes the same time in two thirds of the memory.
 */
const smallHeap = ['--max-semi-space-size=4', '--max-old-space-size=192'];
const cli = join(root, 'packages', 'runner', 'bin', 'millrace.mjs');

try {
  await ensureBuilt();
  await main();
} catch (error) {
  log(error.message);
  process.exitCode ||= 1;
}

async function main() {
  const { release, holder } = tryLock(join(root, '.millrace', 'start.lock'));
  if (!release) throw new Error(`another npm start runs in this checkout (process ${holder}); wait for it or end it`);
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await step('1/3 writing a sample: 2,000 learners, 50 courses', [
      ...['sample', 'reconciliation', '--out', dataset],
      ...['--users', '2000', '--courses', '50', '--seed', '1'],
    ]);
    await step('2/3 loading it into the embedded store', [
      ...['load', 'reconciliation', '--dataset', dataset, '--embedded', embedded],
    ]);
    await step('3/3 running the job until every request is settled', [
      ...['run', 'reconciliation', '--embedded', embedded, '--until-drained'],
    ]);
    printNextSteps();
  } finally {
    release();
  }
}

/** Runs the command line as a person would; a signal to this process reaches it and its exit code comes back. */
function step(title, args) {
  process.stdout.write(`\n${title}\n  $ npm run -s millrace -- ${args.map(shorten).join(' ')}\n`);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...smallHeap, cli, ...args], { cwd: root, stdio: 'inherit' });
    const pass = (signal) => child.kill(signal);
    process.on('SIGTERM', pass).on('SIGINT', ignore);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', pass).off('SIGINT', ignore);
      if (code === 0) {
        process.stdout.write(`  done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
        resolve();
        return;
      }
      process.exitCode = code ?? 1;
      reject(new Error(`"${args[0]} ${args[1]}" ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

// The terminal sends Ctrl-C to the child too: it drains and says how it ended.
function ignore() {}

function printNextSteps() {
  const at = shorten(embedded);
  process.stdout.write(`
What you saw: sync requests were read from a topic, each learner's progress was computed from the consumption rows and
the course structure, tables were updated, and certificate and audit events were written. The job is the same one that
runs on Kafka, Cassandra and Redis.

Try next:
  npm run -s millrace -- dump reconciliation --embedded ${at} --out ${shorten(join(folder, 'out'))}
      the tables and output topics as JSON lines
  npm run -s millrace -- run reconciliation --embedded ${at} --until-drained
      once more: nothing new, so it reads 0
  npm run -s millrace -- describe reconciliation
      the graph of the job
  npm run -s millrace -- config reconciliation show --embedded ${at}
      every setting and where it came from
  docs/
      run it against your own platform, write your own job
`);
}

function shorten(path) {
  return path.startsWith(root) ? relative(root, path) : path;
}
