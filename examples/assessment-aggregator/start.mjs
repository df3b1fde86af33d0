// The example by one command, without servers: a sample is made and loaded, the job runs through it, the rows are shown.
//   npm start                  in this folder, after the workspace is built (npm run build at the root)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const millrace = fileURLToPath(new URL('../bin/millrace.mjs', import.meta.resolve('@millrace/runner')));
const place = mkdtempSync(join(tmpdir(), 'millrace-assessments-'));
const [data, store, out] = ['data', 'store', 'out'].map((name) => join(place, name));

function run(...args) {
  const { status } = spawnSync(process.execPath, [millrace, ...args], { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

try {
  run('sample', '.', '--out', data);
  run('load', '.', '--dataset', data, '--embedded', store);
  run('run', '.', '--embedded', store, '--until-drained');
  run('dump', '.', '--embedded', store, '--out', out);
  for (const table of ['assessment_aggregator', 'user_activity_agg']) {
    const lines = readFileSync(join(out, `${table}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n');
    console.log(`\n${table}, the first of ${lines.length}:`);
    for (const line of lines.slice(0, 3)) console.log(`  ${line}`);
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
