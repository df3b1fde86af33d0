import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { SetupError } from '@millrace/core';
import { open as openLmdb } from 'lmdb';
import type { Logger } from '@millrace/core';
import { TemporaryStores } from '../test/temporary-store.js';

jest.setTimeout(30_000);

const stores = new TemporaryStores();

/** A store with something of everything, closed. */
async function filledDirectory(): Promise<string> {
  const directory = await stores.directory();
  const store = await stores.openIn(directory);
  await store.log.createTopic('t', 2);
  const table = store.table('rows', { key: ['id'], columns: { text: 'text' } });
  for (let round = 0; round < 4; round += 1) {
    await store.log.append(
      't',
      Array.from({ length: 200 }, (_, n) => ({
        key: `k${String(n)}`,
        value: Buffer.concat([Buffer.from('vv'), randomBytes(298)]),
      })),
    );
    await table.write(
      Array.from({ length: 200 }, (_, n) => ({
        key: [`${String(round)}-${String(n)}`],
        timestamp: 1n,
        set: { text: 't'.repeat(100) },
      })),
    );
  }
  await store.sets.replace('s', ['a']);
  await store.close();
  return directory;
}

const dataFile = (directory: string): string => join(directory, 'data', 'data.mdb');

describe('opening an embedded store', () => {
  test('creates the folder with its parents, wherever it lies and however long its path is', async () => {
    const directory = join(await stores.directory(), 'a b', 'ü'.repeat(60), 'x'.repeat(60), 'deep');
    const store = await stores.openIn(directory);
    await store.sets.replace('k', ['v']);
    await expect(stores.openIn(directory)).rejects.toMatchObject({ code: 'ERR_EMBEDDED_IN_USE' });
    await store.close();
    expect((await stores.openIn(directory)).sets.members('k')).toEqual(new Set(['v']));
  });

  test('a second store in the same process is refused, also through another path, and may open after a close', async () => {
    const directory = await stores.directory();
    const store = await stores.openIn(join(directory, 'store'));
    await symlink(join(directory, 'store'), join(directory, 'link'));
    for (const path of ['store', 'link']) {
      await expect(stores.openIn(join(directory, path))).rejects.toMatchObject({
        code: 'ERR_EMBEDDED_IN_USE',
        message: `${join(directory, path)} is in use by this very process: an embedded store belongs to one process at a time; stop it or name another folder`,
      });
    }
    await store.close();
    await stores.openIn(join(directory, 'link'));
  });

  test('a refused open leaves nothing behind and does not disturb the owner', async () => {
    const directory = await stores.directory();
    const store = await stores.openIn(directory);
    const before = await readdir(join(directory, 'owner'));
    await expect(stores.openIn(directory)).rejects.toBeInstanceOf(SetupError);
    expect(await readdir(join(directory, 'owner'))).toEqual(before);
    await store.sets.replace('k', ['v']);
    expect(store.sets.members('k').size).toBe(1);
  });

  test('two opens at the same moment: one wins', async () => {
    const directory = await stores.directory();
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => stores.openIn(directory)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  test.each([
    ['a file in the place of the folder', 'file', 'ENOTDIR'],
    ['a file in the place of a parent', 'file/store', 'ENOTDIR'],
    ['a folder that nobody may write to', '/proc/store', 'E[A-Z]+'],
  ])('%s: one line that names the path', async (_name, path, reason) => {
    const directory = await stores.directory();
    await writeFile(join(directory, 'file'), '');
    const full = path.startsWith('/') ? path : join(directory, path);
    const error = await stores.openIn(full).catch((thrown: unknown) => thrown as SetupError);
    expect(error).toBeInstanceOf(SetupError);
    expect(error).toMatchObject({ code: 'ERR_EMBEDDED_DIRECTORY' });
    expect((error as SetupError).message).toMatch(new RegExp(`^${full} cannot be used as a data folder: ${reason}`));
    expect((error as SetupError).message).not.toContain('\n');
  });

  test('closing twice is closing once; afterwards writes are refused', async () => {
    const store = await stores.open();
    await store.log.createTopic('t', 1);
    const pending = store.log.append('t', [{ key: null, value: 'in time' }]);
    await Promise.all([store.close(), store.close()]);
    await pending;
    await expect(store.barrier()).rejects.toMatchObject({ code: 'ERR_EMBEDDED_CLOSED' });
    await expect(store.sets.replace('k', ['v'])).rejects.toMatchObject({ code: 'ERR_EMBEDDED_CLOSED' });
  });

  test('writes are safe from a power cut too where that is asked for', async () => {
    const directory = await stores.directory();
    const store = await stores.openIn(directory, { durability: 'machine' });
    await store.sets.replace('k', ['v']);
    await store.close();
    expect((await stores.openIn(directory)).sets.members('k')).toEqual(new Set(['v']));
  });
});

describe('a damaged store', () => {
  test.each(['data', 'owner'])('a %s file of something else is refused', async (part) => {
    const directory = await filledDirectory();
    const path = join(directory, part, 'data.mdb');
    await writeFile(path, Buffer.alloc(20_000, 0x5a));
    await expect(stores.openIn(directory)).rejects.toMatchObject({
      code: 'ERR_EMBEDDED_DAMAGED',
      message: expect.stringContaining(`${path} is damaged or no Millrace data file`) as unknown as string,
    });
  });

  test.each([0, 0.1, 0.5, 0.9, 0.999])('a file cut to %d of its length is refused, each time', async (part) => {
    const directory = await filledDirectory();
    await truncate(dataFile(directory), Math.floor((await stat(dataFile(directory))).size * part) + 1);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(stores.openIn(directory)).rejects.toMatchObject({ code: 'ERR_EMBEDDED_DAMAGED' });
    }
  });

  test('a damaged record is said with its place when it is read', async () => {
    const directory = await filledDirectory();
    const bytes = readFileSync(dataFile(directory));
    // The length of a record's value stands before it: 301 as a varint.
    const head = Buffer.from([0xad, 0x02, 0x76, 0x76]);
    const file = await open(dataFile(directory), 'r+');
    for (let at = bytes.indexOf(head); at >= 0; at = bytes.indexOf(head, at + 1))
      await file.write(Buffer.from([0xff, 0xff, 0x7f]), 0, 3, at);
    await file.close();
    const store = await stores.openIn(directory);
    expect(() => [...store.log.readAll('t')]).toThrow(/topic t, partition 0, near offset \d+: /);
    await expect(store.log.append('t', [{ key: null, value: 'x' }])).resolves.toBeUndefined();
  });

  test('a store that was open when the machine went down is read through, and refused where that fails', async () => {
    const lines: string[] = [];
    const logger: Logger = {
      debug() {},
      info: (_fields, message) => lines.push(message),
      warn: (_fields, message) => lines.push(message),
      error() {},
      child: () => logger,
    };
    const directory = await filledDirectory();
    const pretendCrash = async (): Promise<void> => {
      const owners = openLmdb<object, string>({ path: join(directory, 'owner'), encoding: 'json' });
      await owners.put('owner', {
        pid: process.pid,
        bootId: 'another start of the machine',
        token: 'x',
        socket: 'x.sock',
      });
      await owners.close();
    };
    await pretendCrash();
    await (await stores.openIn(directory, { logger })).close();
    expect(lines).toEqual([
      expect.stringContaining('the machine stopped while this store was open'),
      'the store is readable',
    ]);
    await (await stores.openIn(directory, { logger })).close();
    expect(lines).toHaveLength(2);

    await pretendCrash();
    const bytes = readFileSync(dataFile(directory));
    const at = bytes.lastIndexOf(Buffer.from('t'.repeat(100)));
    const file = await open(dataFile(directory), 'r+');
    // The text's length, made too large.
    await file.write(Buffer.from([0x7f]), 0, 1, at - 1);
    await file.close();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(stores.openIn(directory)).rejects.toMatchObject({ code: 'ERR_EMBEDDED_DAMAGED' });
    }
  });

  test('a store of a later format is refused', async () => {
    const directory = await filledDirectory();
    const root = openLmdb<Buffer, Buffer>({
      path: join(directory, 'data'),
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 8,
      noSync: true,
      overlappingSync: false,
    });
    const meta = root.openDB<Buffer, Buffer>({ name: 'meta', encoding: 'binary', keyEncoding: 'binary' });
    await meta.put(Buffer.from('format'), Buffer.from('2'));
    await root.close();
    await expect(stores.openIn(directory)).rejects.toMatchObject({
      code: 'ERR_EMBEDDED_FORMAT',
      message: `${directory} has storage format 2, this version of Millrace reads 1`,
    });
  });

  test('a folder that was created and never filled is a new store', async () => {
    const directory = await stores.directory();
    await mkdir(join(directory, 'data'));
    await writeFile(dataFile(directory), '');
    expect((await stores.openIn(directory)).log.topics()).toEqual([]);
  });
});
