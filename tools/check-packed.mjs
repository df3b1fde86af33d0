// What people get who install from a registry: every package is packed and installed with npm, without pnpm and without
// install scripts, into an empty folder outside the checkout. There the README's job runs and type-checks, the command
// describes the job, and an idle connection to Kafka (where one can be had) does not wake the process.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { log, root } from './workspace.mjs';

const folder = mkdtempSync(join(tmpdir(), 'millrace-packed-'));
const app = join(folder, 'app');
const { devDependencies, packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

try {
  const tarballs = pack();
  install(tarballs);
  runReadmeJob();
  typeCheck('nodenext');
  typeCheck('bundler');
  describeJob();
  idleConnection();
  console.log('packed packages work where npm installed them');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command, args, options = {}) {
  return execFileSync(command, args, { cwd: app, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
}

function pack() {
  log('packing');
  const to = join(folder, 'tarballs');
  mkdirSync(to);
  for (const name of readdirSync(join(root, 'packages'))) {
    run('npx', ['-y', packageManager, 'pack', '--pack-destination', to], { cwd: join(root, 'packages', name) });
  }
  return readdirSync(to).map((file) => join(to, file));
}

function install(tarballs) {
  log('installing with npm, without scripts');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  const development = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs, ...development]);
}

function runReadmeJob() {
  log("the README's job");
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, code] = /## A job of your own\n\n```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  if (code === undefined) throw new Error('README.md has no job of your own');
  writeFileSync(join(app, 'words.ts'), code);
  run('npx', ['tsc', ...compilerOptions('nodenext'), '--outDir', 'out', 'words.ts']);
  const printed = run(process.execPath, ['out/words.js']);
  const words = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).word)
    .sort();
  if (words.join(' ') !== 'grinds mill turns wheel') throw new Error(`the README's job printed ${printed}`);
}

function compilerOptions(resolution) {
  const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
  const kind = ['--module', module, '--moduleResolution', resolution];
  return ['--strict', '--target', 'es2022', '--types', 'node', ...kind];
}

function typeCheck(resolution) {
  log(`types under ${resolution}`);
  const names = readdirSync(join(root, 'packages'));
  const imports = names.map((name, index) => `import * as p${index} from '@millrace/${name}';`);
  const specifiers = [...imports, "import * as testing from '@millrace/core/testing';"].join('\n');
  const uses = `export default [testing, ${names.map((_, index) => `p${index}`).join(', ')}];\n`;
  writeFileSync(join(app, 'all.ts'), `${specifiers}\n${uses}`);
  run('npx', ['tsc', ...compilerOptions(resolution), '--noEmit', 'words.ts', 'all.ts'], { stdio: 'inherit' });
}

function describeJob() {
  log('npx millrace describe reconciliation');
  const here = run('npx', ['--no-install', 'millrace', 'describe', 'reconciliation']);
  const cli = join(root, 'packages', 'runner', 'bin', 'millrace.mjs');
  const there = run(process.execPath, [cli, 'describe', 'reconciliation'], { cwd: root });
  if (here !== there) throw new Error(`the installed command describes another graph:\n${here}`);
}

function idleConnection() {
  log('an idle connection to Kafka');
  writeFileSync(join(app, 'idle.mjs'), readFileSync(join(root, 'tools', 'idle-connection.mjs'), 'utf8'));
  console.log(run(process.execPath, ['idle.mjs'], { timeout: 300_000 }).trim());
}
