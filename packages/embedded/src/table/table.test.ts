import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { TemporaryStores } from '../../test/temporary-store.js';

jest.setTimeout(30_000);

const stores = new TemporaryStores();

const enrolments = {
  key: ['userid', 'courseid', 'batchid'],
  columns: {
    status: 'int',
    completedon: 'timestamp',
    contentstatus: 'map<text,int>',
    certificates: 'list<map<text,text>>',
    active: 'boolean',
  },
} as const;

const hostile = [
  "'; DROP TABLE x; --",
  '\\',
  '$',
  '\n',
  '😀',
  '__proto__',
  '{"a":1}',
  '\0',
  'a'.repeat(256),
  '\u{10FFFF}'.repeat(64),
  ' ',
];

describe('tables', () => {
  test('a row keeps its typed cells and their write timestamps over a reopen', async () => {
    const directory = await stores.directory();
    let store = await stores.openIn(directory);
    await store.table('e', enrolments).write({
      key: ['u', 'c', 'b'],
      timestamp: 1_700_000_000_000_001n,
      set: {
        status: -2,
        completedon: 253402300799999,
        contentstatus: new Map([['__proto__', 2]]),
        certificates: [new Map([['name', 'x']]), new Map()],
        active: false,
      },
    });
    await store.close();
    store = await stores.openIn(directory);
    const row = store.table('e', enrolments).get(['u', 'c', 'b'])!;
    expect(row.key).toEqual(['u', 'c', 'b']);
    expect([row.get('status'), row.get('completedon'), row.get('active')]).toEqual([-2, 253402300799999, false]);
    expect(row.get('contentstatus')).toEqual(new Map([['__proto__', 2]]));
    expect(row.get('certificates')).toEqual([new Map([['name', 'x']]), new Map()]);
    expect(row.writetime('status')).toBe(1_700_000_000_000_001n);
    expect(row.entryWritetimes('contentstatus')).toEqual(new Map([['__proto__', 1_700_000_000_000_001n]]));
    expect(row.lastWrite).toBe(1_700_000_000_000_001n);
    expect(store.table('e', enrolments).get(['u', 'c', 'other'])).toBeUndefined();
  });

  test('a row whose values are all null exists where it was inserted and only there', async () => {
    const table = (await stores.open()).table('e', enrolments);
    await table.write({ key: ['updated', '', ''], timestamp: 5n, set: { status: 1 } });
    await table.write({ key: ['updated', '', ''], timestamp: 6n, set: { status: null } });
    await table.write({ key: ['inserted', '', ''], timestamp: 5n, kind: 'insert', set: { status: null } });
    expect(table.get(['updated', '', ''])).toBeUndefined();
    expect(table.get(['inserted', '', ''])?.get('status')).toBeNull();
    expect([...table.scan()].map((row) => row.key[0])).toEqual(['inserted']);
    await table.write({ key: ['updated', '', ''], timestamp: 5n, set: { status: 7, active: true } });
    expect(table.get(['updated', '', ''])?.get('status')).toBeNull();
  });

  test('hostile keys name rows of their own and are scanned in the order of their UTF-8 bytes', async () => {
    const table = (await stores.open()).table('e', enrolments);
    const keys = hostile.flatMap((user) => hostile.slice(0, 5).map((course) => [user, course, 'b'] as const));
    await table.write(keys.map((key, status) => ({ key, timestamp: 1n, set: { status } })));
    for (const [status, key] of keys.entries()) expect(table.get(key)?.get('status')).toBe(status);
    const sorted = [...keys].sort(
      (a, b) =>
        Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])) || Buffer.compare(Buffer.from(a[1]), Buffer.from(b[1])),
    );
    expect([...table.scan()].map((row) => row.key)).toEqual(sorted);
    for (const user of hostile) {
      expect([...table.scan({ prefix: [user] })].map((row) => row.key)).toEqual(
        sorted.filter(([name]) => name === user),
      );
    }
  });

  test('a scan can go on behind any key, whether it has a row or not, within its prefix', async () => {
    const store = await stores.open();
    const table = store.table('e', enrolments);
    const users = Array.from({ length: 600 }, (_, i) => String(i).padStart(4, '0'));
    await table.write(users.map((user) => ({ key: [user, 'c', 'b'], timestamp: 1n, set: { status: 1 } })));
    const behind = (...after: string[]): string[] => [...table.scan({ after })].map((row) => row.key[0]!);
    expect(behind('0299', 'c', 'b')).toEqual(users.slice(300));
    expect(behind('0299', 'd', '')).toEqual(users.slice(300));
    expect(behind('0299', 'a', '')).toEqual(users.slice(299));
    expect(behind('', '', '')).toEqual(users);
    expect(behind('9', '', '')).toEqual([]);
    const within = (prefix: string, after: string): unknown[] => [
      ...table.scan({ prefix: [prefix], after: [after, 'c', 'b'] }),
    ];
    expect(within('0300', '0299')).toHaveLength(1);
    expect(within('0300', '0300')).toHaveLength(0);
    expect(within('0300', '0301')).toHaveLength(0);
  });

  test('any rows come back in order, over the pages of a scan', async () => {
    const table = (await stores.open()).table('t', { key: ['a', { name: 'b', maxBytes: 300 }], columns: { n: 'int' } });
    const text = fc.string({ unit: 'grapheme', maxLength: 6 });
    const keys = fc.sample(fc.tuple(text, text), 1000);
    await table.write(keys.map((key) => ({ key, timestamp: 1n, set: { n: 1 } })));
    const compare = (a: readonly string[], b: readonly string[]): number =>
      Buffer.compare(Buffer.from(a[0]!), Buffer.from(b[0]!)) || Buffer.compare(Buffer.from(a[1]!), Buffer.from(b[1]!));
    const distinct = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()].sort(compare);
    expect([...table.scan()].map((row) => row.key)).toEqual(distinct);
  });

  test('concurrent writes to one row lose nothing', async () => {
    const table = (await stores.open()).table('e', enrolments);
    const names = Array.from({ length: 500 }, (_, n) => `content-${String(n)}`);
    await Promise.all(
      names.map((name, n) =>
        table.write({ key: ['u', 'c', 'b'], timestamp: BigInt(n + 1), merge: { contentstatus: new Map([[name, n]]) } }),
      ),
    );
    expect(table.get(['u', 'c', 'b'])?.get('contentstatus')?.size).toBe(500);
  });

  test('two mutations of one row in one call take effect together, under their own timestamps', async () => {
    const table = (await stores.open()).table('e', enrolments);
    const key = ['u', 'c', 'b'];
    await table.write({ key, timestamp: 10n, set: { status: 1, completedon: 3 } });
    await table.write([
      { key, timestamp: 9n, set: { active: true, status: 0 } },
      { key, timestamp: 11n, set: { status: 2 } },
    ]);
    const row = table.get(key)!;
    expect([row.get('status'), row.get('completedon'), row.get('active')]).toEqual([2, 3, true]);
    expect([row.writetime('status'), row.writetime('completedon'), row.writetime('active')]).toEqual([11n, 10n, 9n]);
  });

  test('a wrong value in one mutation of a call: nothing of the call is written', async () => {
    const table = (await stores.open()).table('e', enrolments);
    const wrong = { key: ['b', '', ''], timestamp: 1n, set: { status: 1.5 } };
    await expect(table.write([{ key: ['a', '', ''], timestamp: 1n, set: { status: 1 } }, wrong])).rejects.toMatchObject(
      { code: 'ERR_EMBEDDED_VALUE' },
    );
    await expect(table.write({ ...wrong, key: ['a'.repeat(257), '', ''] })).rejects.toMatchObject({
      code: 'ERR_EMBEDDED_KEY',
    });
    expect([...table.scan()]).toEqual([]);
  });

  test('what is written is a copy: the caller may go on with its map', async () => {
    const table = (await stores.open()).table('e', enrolments);
    const map = new Map([['a', 1]]);
    const written = table.write({ key: ['u', 'c', 'b'], timestamp: 1n, set: { contentstatus: map } });
    map.set('a', 2).set('b', 3);
    await written;
    expect(table.get(['u', 'c', 'b'])?.get('contentstatus')).toEqual(new Map([['a', 1]]));
  });

  test('a schema may gain columns; another key or kind is refused', async () => {
    const directory = await stores.directory();
    let store = await stores.openIn(directory);
    await store.table('t', { key: ['a'], columns: { n: 'int' } }).write({ key: ['x'], timestamp: 1n, set: { n: 1 } });
    await store.close();
    store = await stores.openIn(directory);
    const wider = store.table('t', { key: ['a'], columns: { added: 'text', n: 'int' } });
    await wider.write({ key: ['x'], timestamp: 1n, set: { added: 'y' } });
    expect([wider.get(['x'])?.get('n'), wider.get(['x'])?.get('added')]).toEqual([1, 'y']);
    expect(() => store.table('t', { key: ['a'], columns: { n: 'text' } })).toThrow(
      'table t: column n is stored as int, not text',
    );
    expect(() => store.table('t', { key: ['b'], columns: {} })).toThrow(
      'table t: it is stored with the key (a), not (b)',
    );
    expect(() => store.table('long', { key: [{ name: 'a', maxBytes: 2000 }], columns: {} })).toThrow(
      'up to 1978 bytes',
    );
  });

  test('rows that arrive in the order of their keys take little more room than their bytes', async () => {
    const store = await stores.open();
    const table = store.table('t', { key: ['id'], columns: { text: 'text' } });
    const key = (n: number): string[] => [`row-${String(n).padStart(80, '0')}`];
    const load = (step: number): Promise<void> =>
      table.write(
        Array.from({ length: 10_000 }, (_, n) => ({
          key: key(n * step),
          timestamp: 1n,
          set: { text: 'x'.repeat(100) },
        })),
      );
    await load(2);
    const { size } = await stat(join(store.directory, 'data', 'data.mdb'));
    expect(size).toBeLessThan(10_000 * 200 * 1.25);
    await load(1);
    expect([...table.scan()].map((row) => row.key)).toEqual(
      Array.from({ length: 15_000 }, (_, n) => key(n < 10_000 ? n : 2 * n - 10_000)),
    );
  });

  test('tables do not see each other', async () => {
    const store = await stores.open();
    const [one, two] = ['one', 'two'].map((name) => store.table(name, { key: ['a'], columns: { n: 'int' } }));
    await one!.write({ key: ['x'], timestamp: 1n, set: { n: 1 } });
    expect(two!.get(['x'])).toBeUndefined();
    expect([...two!.scan()]).toEqual([]);
  });
});
