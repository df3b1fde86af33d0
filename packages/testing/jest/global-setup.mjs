// Once per jest run of the integration project: gets the services that the selected suites ask for.
// The counterpart, global-teardown.mjs, runs in the same process.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTesting } from './load-testing.mjs';

export default async function setup(globalConfig) {
  const { beginSession, serviceNames, servicesAskedFor } = await loadTesting();
  const files = selectedFiles(globalConfig);
  const asked = new Set(files.flatMap((file) => servicesAskedFor(readFileSync(file, 'utf8'))));
  const names = serviceNames.filter((name) => asked.has(name));
  globalThis.millraceSession = await beginSession(names, (line) => process.stderr.write(`services: ${line}\n`));
}

function selectedFiles({ rootDir, testPathPatterns }) {
  const patterns = (testPathPatterns?.patterns ?? []).map((pattern) => new RegExp(pattern, 'i'));
  return ['packages', 'examples', 'test']
    .flatMap((folder) => integrationTests(join(rootDir, folder)))
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => pattern.test(file)));
}

function integrationTests(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : integrationTests(path);
    return entry.name.endsWith('.integration.test.ts') ? [path] : [];
  });
}
