import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reconciliationJob } from '@millrace/reconciliation';

const FILE = join(process.cwd(), 'docs', 'operate.md');
const EXAMPLE = /<!-- output: ([a-z-]+) -->\n+```text\n([\s\S]*?)```/g;

/** Suites beside the commands write these files and fail where a command prints something else. */
function golden(name: string): string {
  return readFileSync(join(process.cwd(), 'test', 'golden', `${name}.txt`), 'utf8');
}

test('each example output of the runbook is what a test has seen printed (UPDATE_GOLDEN=1 writes it)', () => {
  const document = readFileSync(FILE, 'utf8');
  const expected = document.replaceAll(
    EXAMPLE,
    (_all, name: string) => `<!-- output: ${name} -->\n\n\`\`\`text\n${golden(name)}\`\`\``,
  );
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(FILE, expected);
  expect(readFileSync(FILE, 'utf8')).toBe(expected);
  expect([...document.matchAll(EXAMPLE)].length).toBeGreaterThan(4);
});

test('the runbook shows no output that no test has seen', () => {
  const document = readFileSync(FILE, 'utf8');
  expect([...document.matchAll(/^```text$/gm)].length).toBe([...document.matchAll(EXAMPLE)].length);
});

test('every command of the job is in the runbook, under its name and as it is called', () => {
  const document = readFileSync(FILE, 'utf8');
  const names = (reconciliationJob.commands ?? []).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['explain', 'drift', 'request', 'failed replay']));
  for (const name of names) expect(document).toContain(`millrace ${name} reconciliation`);
});
