import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { StoreProcess } from '../test/processes.js';
import { TemporaryStores } from '../test/temporary-store.js';
import type { EmbeddedStore } from './index.js';

// Processes start slowly on a busy machine.
jest.setTimeout(60_000);

const stores = new TemporaryStores();
const started: StoreProcess[] = [];

function start(command: 'open' | 'write' | 'open-and-close', directory: string): StoreProcess {
  const process = new StoreProcess(command, directory);
  started.push(process);
  return process;
}

afterEach(async () => {
  for (const process of started.splice(0)) await process.kill();
});

const isOpen = (messages: readonly { event: string }[]): boolean => messages.some(({ event }) => event === 'open');

/** Everything acknowledged up to `last` is there, in order, exactly once, and the two writes of a round came together. */
function expectComplete(store: EmbeddedStore, last: number): void {
  const numbers = [...store.log.readAll('log')].map((record) => Number(String(record.value)));
  const counts = new Map<number, number>();
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  const rows = store.table('rows', { key: ['id'], columns: { n: 'int' } });
  for (let n = 0; n <= last; n += 1) {
    expect(counts.get(n)).toBeGreaterThanOrEqual(1);
    expect(rows.get([`row-${String(n)}`])?.get('n')).toBe(n);
  }
  expect(rows.get(['last'])?.get('n')).toBe(Math.max(...numbers) + 1);
  expect(numbers).toHaveLength(counts.size);
}

describe('a store and several processes', () => {
  test('while one process has it, another is told so, with its number, and exits', async () => {
    const directory = await stores.directory();
    const owner = start('open', directory);
    await owner.until(isOpen);
    const second = start('open-and-close', directory);
    expect(await second.end()).toBe(2);
    expect(second.messages).toEqual([
      {
        event: 'refused',
        code: 'ERR_EMBEDDED_IN_USE',
        message: `${directory} is in use by process ${String(owner.pid)}: an embedded store belongs to one process at a time; stop it or name another folder`,
      },
    ]);
    await expect(stores.openIn(directory)).rejects.toThrow(`process ${String(owner.pid)}`);
  });

  test('after a clean end and after a SIGKILL it opens at once', async () => {
    const directory = join(await stores.directory(), 'long'.repeat(40));
    expect(await start('open-and-close', directory).end()).toBe(0);
    const owner = start('open', directory);
    await owner.until(isOpen);
    await owner.kill();
    const began = performance.now();
    await stores.openIn(directory);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test('of several processes that find a dead owner one takes over', async () => {
    const directory = await stores.directory();
    const owner = start('open', directory);
    await owner.until(isOpen);
    await owner.kill();
    const next = Array.from({ length: 4 }, () => start('open', directory));
    await Promise.all(next.map((one) => one.until((messages) => messages.length > 0)));
    expect(next.map((one) => one.messages[0]!.event).sort()).toEqual(['open', 'refused', 'refused', 'refused']);
  });

  test('whatever was acknowledged before a SIGKILL is there, and the store goes on', async () => {
    const directory = await stores.directory();
    let last = -1;
    for (let round = 0; round < 5; round += 1) {
      const writer = start('write', directory);
      // Killed in the middle of its work, at a moment that nothing chooses.
      await writer.until((messages) => (messages.at(-1)?.n ?? -1) >= last + 40);
      await writer.kill();
      last = Math.max(last, ...writer.messages.map((message) => message.n ?? -1));
      const store = await stores.openIn(directory);
      expectComplete(store, last);
      await store.close();
    }
    expect(last).toBeGreaterThanOrEqual(199);
  });
});
