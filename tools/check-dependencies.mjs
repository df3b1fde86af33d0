// What comes with the packages when somebody installs them: every production dependency has a licence of the list, known
// vulnerabilities are reported where the registry offers that, and no install script is needed or run.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './workspace.mjs';

/** Licences that ask no more than to be named, and go with this project's Apache-2.0. */
export const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense']);

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

/** Whether an SPDX expression leaves a choice of the list: of `OR` one will do, of `AND` all are needed. */
export function isAllowed(expression) {
  const [first, ...others] = alternatives(expression.trim());
  if (others.length > 0) return [first, ...others].some(isAllowed);
  return first.split(/\s+AND\s+/).every((licence) => ALLOWED.has(licence.replace(/^\(|\)$/g, '').trim()));
}

function alternatives(expression) {
  const bare = /^\(([^()]*)\)$/.exec(expression)?.[1] ?? expression;
  return bare.split(/\s+OR\s+/);
}

/** @param listed what `pnpm licenses list --json` prints: licence -> packages */
export function refusedLicences(listed) {
  return Object.entries(listed)
    .filter(([licence]) => !isAllowed(licence))
    .flatMap(([licence, packages]) =>
      packages.map(({ name, versions }) => `${name}@${versions.join(',')}: ${licence}`),
    );
}

/**
 * @param printed what `pnpm audit --json` prints
 * @returns why it was not run, or the number of vulnerabilities by severity
 */
export function auditAnswer(printed) {
  let answer;
  try {
    answer = JSON.parse(printed);
  } catch {
    return { notRun: printed.trim().split('\n').pop() || 'no answer' };
  }
  const found = answer.metadata?.vulnerabilities;
  if (found === undefined) return { notRun: answer.error?.message ?? answer.error?.code ?? 'no answer' };
  return { found };
}

/** Install scripts of a package's own. */
export function installScripts({ scripts = {} }) {
  return INSTALL_SCRIPTS.filter((name) => name in scripts);
}

function pnpm(...args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return ['npx', ['-y', packageManager, ...args]];
}

function checkLicences(problems) {
  const [command, args] = pnpm('licenses', 'list', '--prod', '--json');
  const listed = JSON.parse(execFileSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }));
  const packages = Object.values(listed).flat();
  // A list of nothing would pass as well.
  if (!packages.some(({ name }) => name === 'rxjs')) problems.push('the list of licences does not have rxjs');
  problems.push(...refusedLicences(listed).map((line) => `licence not on the list: ${line}`));
  const counts = Object.entries(listed).map(([licence, of]) => `${licence} ${of.length}`);
  console.log(`licences of ${packages.length} production dependencies: ${counts.join(', ')}`);
}

function checkAudit(problems) {
  const [command, args] = pnpm('audit', '--prod', '--json');
  // It exits with 1 both for vulnerabilities and for a registry that does not answer.
  const { stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', timeout: 120_000 });
  const { notRun, found } = auditAnswer(stdout.trim() === '' ? stderr : stdout);
  if (notRun !== undefined) {
    console.log(`audit: not run: ${notRun}`);
    return;
  }
  console.log(`audit: ${JSON.stringify(found)}`);
  const serious = (found.high ?? 0) + (found.critical ?? 0);
  if (serious > 0) problems.push(`audit: ${serious} vulnerabilities of severity high or critical`);
}

function checkScripts(problems) {
  const workspace = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'));
  if (workspace.strictDepBuilds !== true) problems.push('pnpm-workspace.yaml: strictDepBuilds must be true');
  for (const name of ['onlyBuiltDependencies', 'dangerouslyAllowAllBuilds', 'allowBuilds']) {
    if (name in workspace) problems.push(`pnpm-workspace.yaml: ${name} lets install scripts run`);
  }
  const manifests = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'package.json'));
  for (const manifest of manifests) {
    const own = JSON.parse(readFileSync(manifest, 'utf8'));
    problems.push(...installScripts(own).map((script) => `${own.name} has the install script "${script}"`));
  }
  console.log('install scripts: none of our own, none of others is run');
}

function main() {
  const problems = [];
  checkLicences(problems);
  checkAudit(problems);
  checkScripts(problems);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) main();
