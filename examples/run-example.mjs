// What `npm start` of an example does, without servers: a sample is made and loaded, the job runs through it, the
// results are shown. Each example says which of them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const millrace = fileURLToPath(new URL('../packages/runner/bin/millrace.mjs', import.meta.url));

/**
 * @param {URL} example folder of the example
 * @param {{ files: string[], rows: number, runOptions?: string[] }} options files of the dump, and how many of their
 *   first rows are shown
 */
export function runExample(example, { files, rows, runOptions = [] }) {
  const place = mkdtempSync(join(tmpdir(), 'millrace-example-'));
  const [data, store, out] = ['data', 'store', 'out'].map((name) => join(place, name));
  const commands = [
    ['sample', '.', '--out', data],
    ['load', '.', '--dataset', data, '--embedded', store],
    ['run', '.', '--embedded', store, '--until-drained', ...runOptions],
    ['dump', '.', '--embedded', store, '--out', out],
  ];
  try {
    for (const args of commands) {
      const { status } = spawnSync(process.execPath, [millrace, ...args], {
        cwd: fileURLToPath(example),
        stdio: 'inherit',
      });
      process.exitCode = status ?? 1;
      if (status !== 0) return;
    }
    for (const file of files) {
      const lines = readFileSync(join(out, `${file}.jsonl`), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      console.log(`\n${file}, the first of ${lines.length}:`);
      for (const line of lines.slice(0, rows)) console.log(`  ${line.slice(0, 240)}`);
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
