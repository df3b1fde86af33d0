import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { EmbeddedStore } from '@millrace/embedded';

const job = fileURLToPath(new URL('../support/summing-job.mjs', import.meta.url));
const loader = new URL('../../packages/testing/dist/fail-points.js', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'millrace-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const EACH = 150;

async function fill(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const store = await EmbeddedStore.open(directory);
  await store.log.createTopic('in', 2);
  await store.log.createTopic('out', 2);
  const records = Array.from({ length: KEYS.length * EACH }, (_, n) => ({ key: KEYS[n % KEYS.length]!, value: '' }));
  await store.log.append('in', records);
  await store.close();
}

function run(directory: string, failPoint: string): { signal: string | null; code: number | null; stderr: string } {
  const { signal, status, stderr } = spawnSync(process.execPath, ['--import', loader, job, directory], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', MILLRACE_FAIL_POINT: failPoint },
  });
  return { signal, code: status, stderr };
}

/** What was sent, by key, in the order of the topic. */
async function sent(directory: string): Promise<ReadonlyMap<string, number[]>> {
  const store = await EmbeddedStore.open(directory);
  const counts = new Map(KEYS.map((key) => [key, [] as number[]]));
  for (const { key, value } of store.log.readAll('out')) counts.get(String(key))!.push(Number(String(value)));
  await store.close();
  return counts;
}

describe('a job with state: the process dies at', () => {
  test.each([
    ['checkpoint-begun', 1],
    ['checkpoint-held', 1],
    ['checkpoint-drained', 1],
    ['checkpoint-flushed', 1],
    ['checkpoint-written', 1],
    ['checkpoint-commit', 1],
    ['checkpoint-committed', 1],
    ['embedded-commit', 3],
    ['embedded-committed', 3],
  ])(
    '%s, and every record counts once: no count is left out, none is too high',
    async (name, first) => {
      const directory = join(folder, name);
      await fill(directory);
      expect(run(directory, `${name}:${String(first)}`)).toMatchObject({ signal: 'SIGKILL' });
      // Once more, later: a slow machine may be done before that.
      expect([null, 'SIGKILL']).toContain(run(directory, `${name}:${String(first + 2)}`).signal);
      expect(run(directory, '')).toMatchObject({ signal: null, code: 0, stderr: '' });
      for (const [key, counts] of await sent(directory)) {
        let highest = 0;
        for (const count of counts) {
          // At most the next: what is sent again was sent before.
          expect([key, count, count <= highest + 1]).toEqual([key, count, true]);
          highest = Math.max(highest, count);
        }
        expect([key, highest]).toEqual([key, EACH]);
      }
    },
    120_000,
  );
});
