import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SinkHost } from '@millrace/core';
import { EmbeddedStore, embeddedTableSink } from '@millrace/embedded';

let folder: string;
let store: EmbeddedStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-table-sink-'));
  store = await EmbeddedStore.open(join(folder, 'store'));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('an element is acknowledged when its row is durable; a later timestamp wins, in whatever order they come', async () => {
  const table = store.table('counts', { key: ['word'], columns: { count: 'int' } });
  const sink = embeddedTableSink({
    table,
    toMutation: ({ word, count }: { word: string; count: number }) => ({
      key: [word],
      timestamp: BigInt(count),
      set: { count },
    }),
  });
  const writer = await sink.open({} as SinkHost);
  const seen: unknown[] = [];
  const ack = { done: () => seen.push(table.get(['a'])?.get('count')), failed: (error: unknown) => seen.push(error) };
  writer.write({ word: 'a', count: 2 }, ack);
  writer.write({ word: 'a', count: 1 }, ack);
  await writer.flush();
  expect(seen).toEqual([2, 2]);
  writer.write({ word: 'a', count: 2 ** 40 }, ack);
  await writer.flush();
  expect(seen[2]).toMatchObject({ code: 'ERR_EMBEDDED_VALUE' });
  await writer.close();
});
