// Loads @millrace/testing outside jest's module system (global setup, reporter, tools), where nothing transforms
// TypeScript: builds this one package first if its sources are newer than its build.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

export function loadTesting() {
  if (isStale()) {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-b', packageFolder], { stdio: ['ignore', 2, 2] });
  }
  return import('../dist/index.js');
}

function isStale() {
  const built = join(packageFolder, 'dist', '.tsbuildinfo');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  return readdirSync(join(packageFolder, 'src'), { recursive: true, withFileTypes: true }).some(
    (entry) =>
      entry.name.endsWith('.ts') &&
      !entry.name.endsWith('.test.ts') &&
      statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs > builtAt,
  );
}
