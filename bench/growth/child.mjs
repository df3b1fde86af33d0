// node --expose-gc child.mjs DIMENSION SIZE: the curves of a dimension at one size, after a first round at a small one
// that has everything compiled. Setting up is not measured.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetPeak, memoryOf } from '../support/process-status.mjs';

/** Short ones are repeated, so that there is something to measure. */
const LEAST_CPU_SECONDS = 0.3;
const MAX_REPEATS = 50;

const [dimension, size] = [process.argv[2], Number(process.argv[3])];
const { prepare, warmUp } = await import(`./${dimension}.mjs`);

async function withPrepared(n, work) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const { measures, close } = await prepare(n, folder);
    const found = [];
    for (const measure of measures) found.push(await work(measure));
    await close?.();
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured({ curve, of, unit, units, isRepeatable, run }) {
  globalThis.gc();
  forgetPeak();
  const before = memoryOf();
  const cpuBefore = process.cpuUsage();
  let [repeats, seconds] = [0, 0];
  do {
    await run();
    repeats += 1;
    const { user, system } = process.cpuUsage(cpuBefore);
    seconds = (user + system) / 1e6;
  } while (isRepeatable && seconds < LEAST_CPU_SECONDS && repeats < MAX_REPEATS);
  // Pages of the mapped file are the system's cache: they count in neither.
  const after = memoryOf();
  const peakMegabytes = after.peakMegabytes - after.fileMegabytes;
  const grownMegabytes = Math.max(0, peakMegabytes - (before.residentMegabytes - before.fileMegabytes));
  return { curve, of, unit, nanoseconds: (seconds * 1e9) / repeats / units, peakMegabytes, grownMegabytes };
}

await withPrepared(warmUp, ({ run }) => run());
process.stdout.write(`${JSON.stringify(await withPrepared(size, measured))}\n`);
