// How much of a disk an installation is: packages as they would be published, installed with npm into an empty folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { note } from '../support/report.mjs';

const root = new URL('../..', import.meta.url).pathname;
const WHAT = {
  'core alone': ['core'],
  'core and Kafka': ['core', 'kafka'],
  'core and LMDB': ['core', 'embedded'],
  'the reconciliation job': ['core', 'kafka', 'embedded', 'cassandra', 'redis', 'runner', 'reconciliation'],
};

export async function installedSizes() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const tarballs = pack(join(folder, 'tarballs'));
    return Object.entries(WHAT).map(([what, names], index) => {
      const app = join(folder, `app-${index}`);
      mkdirSync(app);
      writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }));
      const files = names.map((name) => tarballs.get(name));
      run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...files], app);
      const installed = { what, ...sizeOf(join(app, 'node_modules')) };
      note(installed);
      return installed;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command, args, cwd) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function pack(to) {
  mkdirSync(to);
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = readdirSync(join(root, 'packages'));
  for (const name of names) {
    run('npx', ['-y', packageManager, 'pack', '--pack-destination', to], join(root, 'packages', name));
  }
  const files = readdirSync(to);
  return new Map(
    names.map((name) => [
      name,
      join(
        to,
        files.find((file) => file.startsWith(`millrace-${name}-`)),
      ),
    ]),
  );
}

/** Sizes of the files' contents; what the file system rounds up is not in it. */
function sizeOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  let [files, bytes, ownBytes, packages] = [0, 0, 0, 0];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const { size } = statSync(path);
    files += 1;
    bytes += size;
    if (path.startsWith(join(folder, '@millrace'))) ownBytes += size;
    if (/node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(path)) packages += 1;
  }
  return { packages, files, megabytes: bytes / 1e6, own: ownBytes / 1e6 };
}
