import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { findProgram, javaMajor } from './programs.js';

describe('findProgram', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-programs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  mkdirSync(join(first, 'tool'), { recursive: true });
  mkdirSync(second);
  writeFileSync(join(first, 'data'), '');
  writeFileSync(join(second, 'tool'), '');
  chmodSync(join(second, 'tool'), 0o755);
  const env = { PATH: ['', first, second].join(delimiter) };

  test('skips a folder of that name and takes the first executable file', () => {
    expect(findProgram('tool', env)).toBe(join(second, 'tool'));
  });

  test('is undefined for a file that is not executable, and for none at all', () => {
    expect(findProgram('data', env)).toBeUndefined();
    expect(findProgram('tool', { PATH: first })).toBeUndefined();
    expect(findProgram('tool', {})).toBeUndefined();
  });
});

describe('javaMajor', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_402"', 8],
    ['openjdk version "25" 2025-09-16', 25],
    ['openjdk version "21-ea" 2023-09-19', 21],
    ['command not found', undefined],
  ])('%s', (text, major) => {
    expect(javaMajor(text)).toBe(major);
  });
});
