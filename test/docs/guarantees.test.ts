import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const docs = new URL('../../docs/', import.meta.url).pathname;
const text = readFileSync(join(docs, 'guarantees.md'), 'utf8');
/** Rows of tables without heads and rules. */
const rows = text
  .split('\n')
  .filter((line) => /^\| (?!-)/.test(line) && !/^\| (what|source|backend|sink|stage|fault) +\|/.test(line));
const links = [...text.matchAll(/\[([^\]]+)\]\((\.\.\/[^)#]+\.ts)\)/g)].map(
  ([, name, file]) => [name!, file!] as const,
);

/** Texts in quotes of a source's lines that are no comments: titles are among them. */
function quoted(file: string): string[] {
  const lines = readFileSync(join(docs, file), 'utf8').split('\n');
  return lines
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
    .flatMap((line) => [...line.matchAll(/(['`])((?:(?!\1)[^\\]|\\.)+)\1/g)].map(([, , title]) => title!));
}

describe('docs/guarantees.md', () => {
  test('has a promise in every row, and every promise a test', () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => !/\]\(\.\.\/[^)]+\.ts\)/.test(row))).toEqual([]);
  });

  test.each(links)('%s: stands in %s', (name, file) => {
    expect(file).toMatch(/\.(?:test|row|integrity\.test)\.ts$|-conformance\.ts$/);
    expect(existsSync(join(docs, file))).toBe(true);
    expect(quoted(file).filter((title) => title.includes(name))).not.toEqual([]);
  });
});
