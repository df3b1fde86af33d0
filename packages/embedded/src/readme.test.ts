import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { example } from '../test/example.js';
import { TemporaryStores } from '../test/temporary-store.js';

const stores = new TemporaryStores();

describe('the README', () => {
  test('its example is the one that is run here', async () => {
    const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
    expect(read('../README.md')).toContain(read('../test/example.ts'));
    expect(await example(await stores.directory())).toEqual(['tea', 'London', 'assam', 'darjeeling']);
  });
});
