import { afterAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'millrace-quickstart-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(): string[] {
  const script = join(root, 'examples', 'quickstart', 'dist', 'words.js');
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
