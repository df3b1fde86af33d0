import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ExternalSort } from './external-sort.js';
import { sortKey } from './sort-key.js';

const collect = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
};

describe('ExternalSort', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-sort-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('gives the same with many small runs as in memory', async () => {
    const small = new ExternalSort(folder, 2_000);
    const large = new ExternalSort(folder);
    for (let i = 0; i < 3_000; i += 1) {
      const id = `é-${String((i * 7_919) % 3_000).padStart(5, '0')}`;
      await small.add(sortKey([id]), `{"id":"${id}"}`);
      await large.add(sortKey([id]), `{"id":"${id}"}`);
    }
    const sorted = await collect(small.sorted());
    expect(sorted).toEqual(await collect(large.sorted()));
    expect(sorted).toEqual([...sorted].sort());
    expect(sorted).toHaveLength(3_000);
    await Promise.all([small.close(), large.close()]);
  });

  test('leaves no temporary files', async () => {
    const sort = new ExternalSort(folder, 10);
    await sort.add(sortKey(['a']), 'a');
    await sort.add(sortKey(['b']), 'b');
    expect(await readdir(folder)).toHaveLength(1);
    await sort.close();
    expect(await readdir(folder)).toEqual([]);
  });
});

test('sortKey orders as the columns do, one after the other', () => {
  const column = fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', '\u0001', 'é', '😀'), maxLength: 4 });
  const key = fc.tuple(column, column);
  fc.assert(
    fc.property(key, key, (a, b) => {
      const byColumn =
        Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])) || Buffer.compare(Buffer.from(a[1]), Buffer.from(b[1]));
      expect(Buffer.compare(sortKey(a), sortKey(b))).toBe(byColumn);
    }),
  );
});
