// Keeps one set of services running between test runs.
//
//   node tools/services.mjs up [kafka cassandra redis]   starts what does not run yet, prints the variables to export
//   node tools/services.mjs env                          prints the variables again
//   node tools/services.mjs status                       says what runs
//   node tools/services.mjs down                         ends them and removes their data
//
// Typical use: eval "$(node tools/services.mjs up)". Standard output is for the shell, the rest goes to standard error.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadTesting } from '../packages/testing/jest/load-testing.mjs';

const testing = await loadTesting();
const stateFile = join(testing.cacheFolder(), 'services.json');
const [command = 'help', ...args] = process.argv.slice(2);

const commands = { up, env: printExports, status, down };
if (!Object.hasOwn(commands, command)) {
  process.stderr.write('usage: node tools/services.mjs up [kafka cassandra redis] | env | status | down\n');
  process.exit(2);
}
await commands[command]();

async function up() {
  const names = args.length > 0 ? args : testing.serviceNames;
  const unknown = names.filter((name) => !testing.serviceNames.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`unknown service: ${unknown.join(', ')}; known: ${testing.serviceNames.join(', ')}\n`);
    process.exit(2);
  }
  const running = readState();
  const missing = names.filter((name) => !running[name]);
  const outcomes = await Promise.allSettled(
    missing.map((name) => testing.startService(name, { sources: ['process'], detached: true, log })),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') {
      const { name, host, port, pid, dir } = outcome.value;
      running[name] = { host, port, pid, dir, started: testing.processStartTime(pid) };
    } else {
      log(outcome.reason.message);
      process.exitCode = 1;
    }
  }
  writeState(running);
  printExports();
}

function printExports() {
  for (const [name, { host, port }] of Object.entries(readState())) {
    process.stdout.write(`export ${testing.endpointVariables[name]}=${host}:${port}\n`);
  }
}

function status() {
  const running = readState();
  for (const name of testing.serviceNames) {
    const service = running[name];
    log(service ? `${name}: ${service.host}:${service.port}, process ${service.pid}, ${service.dir}` : `${name}: down`);
  }
}

function down() {
  for (const [name, { pid, dir }] of Object.entries(readState())) {
    process.kill(pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    log(`${name}: ended process ${pid}`);
  }
  writeState({});
}

/** What runs: the recorded services whose process is still the one that was started. */
function readState() {
  let recorded;
  try {
    recorded = JSON.parse(readFileSync(stateFile, 'utf8'));
  } catch {
    return {};
  }
  return Object.fromEntries(
    Object.entries(recorded).filter(
      ([, { pid, started }]) => testing.isRunning(pid) && testing.processStartTime(pid) === started,
    ),
  );
}

function writeState(state) {
  mkdirSync(dirname(stateFile), { recursive: true });
  writeFileSync(stateFile, `${JSON.stringify(state, null, 2)}\n`);
}

function log(line) {
  process.stderr.write(`${line}\n`);
}
