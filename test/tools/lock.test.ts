import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const module = new URL('../../tools/lock.mjs', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'millrace-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Writes "in" and, a little later, "out" to a file that all share.
const worker = `
  import { appendFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  import { lock } from ${JSON.stringify(module)};
  const [file, trace] = process.argv.slice(1);
  const release = await lock(file, () => {});
  appendFileSync(trace, 'in ');
  await setTimeout(30);
  appendFileSync(trace, 'out ');
  release();
`;

function runWorker(file: string, trace: string): Promise<number | null> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', worker, file, trace], { stdio: 'inherit' });
  return new Promise((resolve) => child.once('exit', resolve));
}

describe('lock between processes', () => {
  test('lets one in at a time, also when the first finds the lock of a process that is gone', async () => {
    const [file, trace] = [join(folder, 'lock'), join(folder, 'trace')];
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(file, String(gone));
    const codes = await Promise.all(Array.from({ length: 8 }, () => runWorker(file, trace)));
    expect(codes).toEqual(Array.from({ length: 8 }, () => 0));
    expect(readFileSync(trace, 'utf8')).toBe('in out '.repeat(8));
  }, 60_000);
});
