// The example by one command, without servers: a sample is made and loaded, the job runs through it, results are shown.
//   npm start                  in this folder, after the workspace is built (npm run build at the root)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const millrace = fileURLToPath(new URL('../bin/millrace.mjs', import.meta.resolve('@millrace/runner')));
const place = mkdtempSync(join(tmpdir(), 'millrace-activity-updater-'));
const [data, store, out] = ['data', 'store', 'out'].map((name) => join(place, name));

function run(...args) {
  const { status } = spawnSync(process.execPath, [millrace, ...args], { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

try {
  run('sample', '.', '--out', data);
  run('load', '.', '--dataset', data, '--embedded', store);
  // Windows of one event: what still waits for its window would be left to the next run, in the state.
  run('run', '.', '--embedded', store, '--until-drained', '--threshold.batch.read.size', '1');
  run('dump', '.', '--embedded', store, '--out', out);
  for (const name of ['consumption', 'enrolments', 'aggregates', 'certificates', 'audit', 'failed']) {
    const lines = readFileSync(join(out, `${name}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n');
    console.log(`\n${name}, the first of ${lines.length}:`);
    for (const line of lines.slice(0, 2)) console.log(`  ${line.slice(0, 240)}`);
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
