import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { resolveJobEntry } from './resolve-entry.js';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-resolve-'));
  file('ws/pnpm-workspace.yaml', "packages:\n  - packages/*\n  - 'single'\nother:\n  - nothing/*\n");
  manifest('ws/packages/orders', {
    name: '@millrace/orders',
    exports: { '.': { types: './t.d.ts', default: './dist/a.js' } },
  });
  manifest('ws/single', { name: 'plain-job', main: 'job.js' });
  manifest('ws/node_modules/installed-job', { name: 'installed-job', exports: './x.js' });
  manifest('elsewhere/node_modules/@acme/job', {
    name: '@acme/job',
    exports: { import: './i.js', require: './r.cjs' },
  });
  manifest('deployed', { name: '@millrace/alone', exports: './dist/index.js' });
  mkdirSync(join(root, 'deployed/node_modules/@millrace/runner/dist/job'), { recursive: true });
  mkdirSync(join(root, 'ws/deep/er'), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function manifest(folder: string, content: object): void {
  file(`${folder}/package.json`, JSON.stringify(content));
}

function resolve(job: string): string | undefined {
  const entry = resolveJobEntry(job, [join(root, 'ws/deep/er'), join(root, 'elsewhere')]);
  return entry?.path.slice(root.length + 1);
}

test.each([
  ['a short name: a workspace package under @millrace', 'orders', 'ws/packages/orders/dist/a.js'],
  ['a full name', '@millrace/orders', 'ws/packages/orders/dist/a.js'],
  ['a workspace package by its own name', 'plain-job', 'ws/single/job.js'],
  ['an installed package', 'installed-job', 'ws/node_modules/installed-job/x.js'],
  ['a package that only the second base has', '@acme/job', 'elsewhere/node_modules/@acme/job/i.js'],
  ['a path', './jobs/mine.mjs', 'ws/deep/er/jobs/mine.mjs'],
  ['a file name', 'mine.mjs', 'ws/deep/er/mine.mjs'],
  ['the folder of a package', '../../packages/orders', 'ws/packages/orders/dist/a.js'],
  ['nothing', 'unknown', undefined],
])('%s', (_name, job, path) => {
  expect(resolve(job)).toBe(path);
});

test('a job that is deployed alone is found from itself and, from any other working directory, around the runner', () => {
  const runner = join(root, 'deployed/node_modules/@millrace/runner/dist/job');
  const path = join(root, 'deployed/dist/index.js');
  expect(resolveJobEntry('alone', [join(root, 'deployed'), runner])?.path).toBe(path);
  expect(resolveJobEntry('alone', [join(root, 'elsewhere'), runner])?.path).toBe(path);
});
