import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { failPoint, failPoints, onFailPoint } from './fail-point.js';

const packages = new URL('../../', import.meta.url).pathname;

/** Names of the fail points that sources call, with the files. */
function called(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(packages, { recursive: true, encoding: 'utf8' })) {
    if (!/^[^/]+\/src\/.*\.ts$/.test(file) || /\.test\.ts$|fail-point/.test(file)) continue;
    const source = readFileSync(join(packages, file), 'utf8');
    for (const [, names] of source.matchAll(/\bfailPoint\(([^)]*)\)/g)) {
      for (const [, name] of names!.matchAll(/'([^']+)'/g)) found.set(name!, [...(found.get(name!) ?? []), file]);
    }
  }
  return found;
}

describe('fail points', () => {
  let remove = (): void => {};
  afterEach(() => remove());

  test('every one that is listed is called somewhere, and no other', () => {
    expect([...called().keys()].sort()).toEqual(Object.keys(failPoints).sort());
  });

  test('do nothing where no handler is set', () => {
    failPoint('checkpoint-held');
  });

  test('call the handler, and what it throws is thrown there', () => {
    remove = onFailPoint((name) => {
      throw new Error(name);
    });
    expect(() => failPoint('checkpoint-held')).toThrow('checkpoint-held');
    remove();
    failPoint('checkpoint-held');
  });

  test('a handler that was replaced takes nothing away when it goes', () => {
    const seen: string[] = [];
    const first = onFailPoint((name) => seen.push(`first ${name}`));
    remove = onFailPoint((name) => seen.push(`second ${name}`));
    first();
    failPoint('kafka-send');
    expect(seen).toEqual(['second kafka-send']);
  });
});
