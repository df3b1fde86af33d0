import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

const probe = new URL('probe.mjs', import.meta.url).href;

/**
 * Runs a script to its end in a process of its own. What it printed last is JSON (`found`); beside it what the system
 * counted for the process (`figures`), and the load when it began.
 *
 * @param flags of Node.js
 * @throws Error where it fails; what it said is on standard error
 */
export async function probed(script, args, flags = []) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const file = join(folder, 'probe.json');
  const load = loadavg()[0];
  const started = performance.now();
  try {
    const stdout = await outputOf([...flags, '--import', probe, script, ...args.map(String)], { BENCH_PROBE: file });
    const seconds = (performance.now() - started) / 1000;
    const found = JSON.parse(stdout.trim().split('\n').at(-1));
    return { found, figures: { seconds, ...JSON.parse(readFileSync(file, 'utf8')) }, load };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outputOf(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${args.join(' ')}: exit ${code}`));
    });
  });
}
