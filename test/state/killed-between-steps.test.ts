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
const EACH = 60;

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
    ['checkpoint-begun', [1, 4]],
    ['checkpoint-held', [1, 5]],
    ['checkpoint-drained', [1, 5]],
    ['checkpoint-flushed', [1, 5]],
    ['checkpoint-written', [1, 5]],
    ['checkpoint-commit', [1, 5]],
    ['checkpoint-committed', [1, 5]],
    ['embedded-commit', [3, 10]],
    ['embedded-committed', [3, 10]],
  ])(
    '%s, and every record counts once: no count is left out, none is too high',
    async (name, times) => {
      const directory = join(folder, name);
      await fill(directory);
      for (const time of times) {
        expect(run(directory, `${name}:${String(time)}`)).toMatchObject({ signal: 'SIGKILL' });
      }
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
