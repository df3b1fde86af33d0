// Installing and building this checkout, only when something changed. Everything it prints goes to standard error.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lock } from './lock.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

// Inside node_modules: who removes that removes the stamp with it.
const stampFile = join(root, 'node_modules', '.millrace-stamp.json');
const lockFile = join(root, '.millrace', 'build.lock');

/** Installs what the lock file names and builds all packages, each only if it is not up to date. */
export async function ensureBuilt() {
  if (isBuilt(readStamp())) return;
  const release = await lock(lockFile, (pid) => log(`waiting for process ${pid}, which installs or builds here`));
  try {
    // Another process may have done it meanwhile.
    if (isBuilt(readStamp())) return;
    ensureInstalledLocked();
    const sources = sourcesDigest();
    log('building');
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
    // Taken before the build: a file changed during it makes the next call build again.
    writeStamp({ lockfile: lockfileDigest(), sources });
  } finally {
    release();
  }
}

function isBuilt(stamp) {
  return (
    stamp !== undefined &&
    stamp.lockfile === lockfileDigest() &&
    stamp.sources === sourcesDigest() &&
    packageFolders().every((folder) => existsSync(join(folder, 'dist')))
  );
}

function ensureInstalledLocked() {
  if (isInstalled()) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  log(`installing with ${packageManager}`);
  run('npx', ['-y', packageManager, 'install', '--frozen-lockfile'], { shell: process.platform === 'win32' });
}

/** pnpm keeps a copy of the lock file that it installed from, written last. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.pnpm', 'lock.yaml');
  return (
    existsSync(installed) &&
    readFileSync(installed).equals(readFileSync(join(root, 'pnpm-lock.yaml'))) &&
    packageFolders().every((folder) => !hasDependencies(folder) || existsSync(join(folder, 'node_modules')))
  );
}

function hasDependencies(folder) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.keys(dependencies).length + Object.keys(devDependencies).length > 0;
}

function run(program, args, options = {}) {
  const env = { ...process.env };
  // What a test runner set for itself is not for the installer and the compiler.
  delete env.NODE_OPTIONS;
  const result = spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 2, 2], ...options });
  if (result.error) throw new Error(`${program} could not be run: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${result.signal ?? result.status}`);
}

/** Changes when a dependency does: the lock file and the manifests that it must agree with. */
function lockfileDigest() {
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((file) => join(root, file));
  const manifests = packageFolders().map((folder) => join(folder, 'package.json'));
  const hash = createHash('sha256');
  for (const file of [...files, ...manifests]) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** Changes when a source file is written, added or removed: names, sizes and times, no contents. */
function sourcesDigest() {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  };
  add(join(root, 'tsconfig.base.json'));
  add(join(root, 'tsconfig.json'));
  for (const folder of packageFolders()) {
    const config = join(folder, 'tsconfig.json');
    if (!existsSync(config)) continue;
    add(config);
    walk(join(folder, 'src'), add);
  }
  return hash.digest('hex');
}

function walk(folder, add) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, add);
    else if (!/\.(test|conformance)\.ts$/.test(entry.name)) add(path);
  }
}

/** The folders that the build writes `dist` into: what the root tsconfig.json refers to. */
export function packageFolders() {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references.map(({ path }) => join(root, path));
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined;
  }
}

function writeStamp(stamp) {
  writeFileSync(stampFile, JSON.stringify(stamp));
}

export function log(line) {
  process.stderr.write(`millrace: ${line}\n`);
}
