import { afterAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'millrace-quickstart-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const script = join(root, 'examples', 'quickstart', 'dist', 'words.js');

function run(): string[] {
  const printed = execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' });
  return printed
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { word: string }).word)
    .sort();
}

test('prints the words of the lines, and after a second run those of both', () => {
  expect(run()).toEqual(['grinds', 'mill', 'turns', 'wheel']);
  expect(run()).toEqual(['grinds', 'grinds', 'mill', 'mill', 'turns', 'turns', 'wheel', 'wheel']);
});

test("is the README's job", () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  expect(readme).toContain(readFileSync(join(root, 'examples', 'quickstart', 'src', 'words.ts'), 'utf8'));
});

test('the graph is the golden file (UPDATE_GOLDEN=1 writes it)', () => {
  const golden = new URL('./topology.golden.txt', import.meta.url);
  const writeGraph = new URL('./test-support/write-graph.mjs', import.meta.url);
  const cwd = join(folder, 'graph');
  mkdirSync(cwd);
  execFileSync(process.execPath, ['--import', writeGraph.href, script], { cwd });
  const text = readFileSync(join(cwd, 'graph.txt'), 'utf8');
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
});
