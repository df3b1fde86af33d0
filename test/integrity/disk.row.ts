import { expect } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedScene } from './framework/embedded-scene.js';
import { Finding } from './framework/finding.js';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess } from './framework/job-process.js';
import type { Report, Row } from './framework/row.js';

const LEARNERS = 300;
/** An operator who is told at once: no waiting between the attempts of the job. */
const impatient = { 'task.restart-strategy.attempts': '1', 'task.restart-strategy.delay': '100' };

async function finish(scene: EmbeddedScene): Promise<Report> {
  const job = await scene.start({ untilDrained: true });
  const { code } = await job.ended;
  if (code !== 0) throw new Finding(`it ended with ${String(code)}\n${job.stderr.slice(-2_000)}`);
  const verdict = await scene.judge();
  if (!verdict.isClean) throw new Finding(verdict.summary);
  const { records, lost, wrong, duplicates } = verdict;
  return { records, lost, wrong, duplicates, memoryMiB: job.peakMiB };
}

/** What it tells the operator, log lines aside. */
function told(job: JobProcess): readonly string[] {
  return job.stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('{'));
}

/** A disk with some room beyond what is there, and more when asked; undefined where nothing may be mounted. */
function mountSmallDisk(row: Row, bytes: number): { folder: string; grow(): void } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
  const mount = (option: string): boolean =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', option, 'tmpfs', folder], { stdio: 'ignore' }).status === 0;
  const isMounted = mount(`size=${String(bytes)}`);
  row.onEnd(() => {
    if (isMounted) spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return isMounted ? { folder, grow: () => void mount('remount,size=256m') } : undefined;
}

integrityRow(
  'disk: full, then with room again',
  { seconds: 10, bounded: 5, protection: 'takes what the disk refused for written' },
  async (row) => {
    const loaded = await EmbeddedScene.create(LEARNERS);
    row.onEnd(() => loaded.dispose());
    const used = statSync(join(loaded.directory, 'data', 'data.mdb')).size;
    const disk = mountSmallDisk(row, used + 128 * 1_024);
    const scene = loaded.copy(disk?.folder);
    if (disk === undefined) row.onEnd(() => scene.dispose());
    // Where nothing may be mounted, a limit on the size of files does the same to the data file.
    const limit = String(Math.ceil(used / 1_024) + 64);
    const wrapper = disk === undefined ? ['bash', '-c', `ulimit -f ${limit}; exec "$0" "$@"`] : [];
    row.underWay();
    const job = await scene.start({ untilDrained: true, settings: impatient }, { wrapper });
    const { code } = await job.ended;
    expect({ code, line: told(job).at(-1) }).toEqual({
      code: 1,
      line: expect.stringMatching(/^millrace: .*writing to .* failed: /) as unknown as string,
    });
    disk?.grow();
    const note = disk === undefined ? 'by a limit on file size: nothing may be mounted here' : 'a small tmpfs';
    row.report({ runs: 1, note, ...(await finish(scene)) });
  },
);

integrityRow(
  'disk: data file damaged, missing or cut off',
  { seconds: 5, bounded: 5, protection: 'begins anew over a file that it cannot open' },
  async (row) => {
    const loaded = await EmbeddedScene.create(LEARNERS);
    row.onEnd(() => loaded.dispose());
    const damages: Record<string, (file: string) => void> = {
      'cut off': (file) => truncateSync(file, 5_000),
      'overwritten with zeros': (file) => writeFileSync(file, Buffer.alloc(8_192), { flag: 'r+' }),
      empty: (file) => truncateSync(file, 0),
      missing: (file) => rmSync(file),
      'something else': (file) => writeFileSync(file, 'not a data file\n'.repeat(1_000)),
    };
    const scene = loaded.copy();
    row.onEnd(() => scene.dispose());
    const file = join(scene.directory, 'data', 'data.mdb');
    const good = join(scene.folder, 'good.mdb');
    copyFileSync(file, good);
    row.underWay();
    for (const [damage, apply] of Object.entries(damages)) {
      apply(file);
      const before = damage === 'missing' || damage === 'empty' ? undefined : readFileSync(file);
      const job = await scene.start({ untilDrained: true });
      const { code } = await job.ended;
      expect({ damage, code, lines: told(job) }).toEqual({
        damage,
        code: 2,
        lines: [expect.stringMatching(/^millrace: .*(damaged|not there|missing in)/)],
      });
      // Nothing was begun anew over what may still be saved.
      if (before !== undefined)
        expect({ damage, same: readFileSync(file).equals(before) }).toEqual({ damage, same: true });
      copyFileSync(good, file);
    }
    row.report({ runs: Object.keys(damages).length, ...(await finish(scene)) });
  },
);

integrityRow(
  'disk: DIR cannot be written',
  { seconds: 5, bounded: 5, protection: 'goes elsewhere where it cannot write' },
  async (row) => {
    const loaded = await EmbeddedScene.create(20);
    row.onEnd(() => loaded.dispose());
    const parent = mkdtempSync(join(tmpdir(), 'millrace-parent-'));
    row.onEnd(() => rmSync(parent, { recursive: true, force: true }));
    writeFileSync(join(parent, 'file'), 'a file\n');
    const places = [join(parent, 'file', 'store'), join(parent, 'file')];
    const readOnly = join(parent, 'read-only');
    mkdirSync(readOnly);
    const isMounted =
      spawnSync('mount', ['--bind', loaded.folder, readOnly], { stdio: 'ignore' }).status === 0 &&
      spawnSync('mount', ['-o', 'remount,bind,ro', readOnly], { stdio: 'ignore' }).status === 0;
    row.onEnd(() => void spawnSync('umount', ['-l', readOnly], { stdio: 'ignore' }));
    if (isMounted) places.push(join(readOnly, 'store'));
    row.underWay();
    for (const place of places) {
      const job = await loaded.start({ untilDrained: true, directory: place });
      const { code } = await job.ended;
      expect({ code, lines: told(job) }).toEqual({
        code: 2,
        lines: [expect.stringContaining(place)],
      });
    }
    const note = isMounted
      ? 'parent a file, DIR a file, read-only mount'
      : 'parent a file, DIR a file; nothing may be mounted here';
    row.report({ runs: places.length, note, ...(await finish(loaded)) });
  },
);
