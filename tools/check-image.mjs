// Runs the steps of docker/Dockerfile as plain commands where no container engine is: build.sh in an empty folder, then
// the job as a user without rights, the health command against it, SIGTERM, exit code 0. The image itself is not built.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './workspace.mjs';

/** A user without rights, as the image's `node`; only root can change to it. */
const NOBODY = 65534;
const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

const folder = mkdtempSync(join(tmpdir(), 'millrace-image-'));
chmodSync(folder, 0o755);
let child;
try {
  const source = join(folder, 'src');
  const app = join(folder, 'app');
  copyTrackedFiles(source);
  step('build.sh: install, build, prune');
  execFileSync('sh', [join(source, 'docker', 'build.sh'), source, app], { stdio: 'inherit', cwd: folder });
  cpSync(join(source, 'docker', 'healthcheck.mjs'), join(app, 'healthcheck.mjs'));
  checkPruned(app);
  rmSync(source, { recursive: true });
  await runAndStop(app);
  console.log("the image's steps pass (the image itself was not built: no container engine is used here)");
} finally {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

function step(title) {
  console.log(`== ${title}`);
}

function copyTrackedFiles(to) {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, maxBuffer: 64 << 20 })
    .toString()
    .split('\0');
  for (const file of files.filter((name) => name !== '')) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(root, file), join(to, file));
  }
}

function checkPruned(app) {
  const { devDependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const installed = execFileSync('find', [
    join(app, 'node_modules'),
    '-maxdepth',
    '3',
    '-name',
    'package.json',
  ]).toString();
  for (const name of ['jest', 'eslint', 'typescript', 'testcontainers']) {
    if (name in devDependencies && installed.includes(`/node_modules/${name}/`))
      throw new Error(`${name} is in the image`);
  }
}

async function runAndStop(app) {
  const data = join(folder, 'data');
  mkdirSync(data);
  if (asNobody.uid !== undefined) execFileSync('chown', [`${NOBODY}:${NOBODY}`, data]);
  const environment = { PATH: process.env.PATH, NODE_ENV: 'production', MILLRACE_HTTP_PORT: String(await freePort()) };
  const cli = join(app, 'node_modules', '@millrace', 'runner', 'bin', 'millrace.mjs');
  const options = { cwd: app, env: environment, stdio: 'inherit', ...asNobody };
  const millrace = (...args) => execFileSync(process.execPath, [cli, ...args], options);

  step('a small sample, loaded and run as a user without rights');
  millrace('sample', 'reconciliation', '--out', join(data, 'sample'), '--users', '50', '--courses', '3', '--seed', '1');
  millrace('load', 'reconciliation', '--dataset', join(data, 'sample'), '--embedded', join(data, 'store'));
  child = spawn(process.execPath, [cli, 'run', 'reconciliation', '--embedded', join(data, 'store')], options);
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));

  step('the health command');
  for (let attempt = 1; ; attempt += 1) {
    try {
      execFileSync(process.execPath, [join(app, 'healthcheck.mjs')], { ...options, stdio: 'pipe' });
      break;
    } catch (error) {
      if (attempt === 60) throw new Error(`not healthy: ${error.stderr}`);
      await sleep(500);
    }
  }

  step('SIGTERM');
  child.kill('SIGTERM');
  const code = await Promise.race([ended, sleep(30_000).then(() => 'still running')]);
  if (code !== 0) throw new Error(`ended with ${code}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
