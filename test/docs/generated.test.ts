import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { existsSync } from 'node:fs';
import { millraceOk } from '../support/cli.js';

const root = process.cwd();

test("the README's picture and table of configuration are what the code says", () => {
  execFileSync(process.execPath, [join(root, 'tools', 'generate-docs.mjs'), '--check'], { stdio: 'pipe' });
});

test('the graph is described in the order of the stages', async () => {
  const { stdout } = await millraceOk(['describe', 'reconciliation', '--format', 'json']);
  const { nodes } = JSON.parse(stdout) as { nodes: { name: string }[] };
  expect(nodes.map(({ name }) => name)).toEqual([
    'sync requests',
    'deserialize',
    'key by enrolment',
    'filter',
    'aggregate',
    'persist',
    'outputs',
    'certificate requests',
    'audit events',
    'failed events',
  ]);
});

test('links between the documents lead somewhere', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...markdownIn('docs'), ...markdownIn('docker')];
  for (const file of documents) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      expect([file, target, existsSync(join(root, dirname(file), target))]).toEqual([file, target, true]);
    }
  }
});

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
