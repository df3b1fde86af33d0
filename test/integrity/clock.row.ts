import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Finding } from './framework/finding.js';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess } from './framework/job-process.js';

const HOUR = 3_600_000;
const LEARNERS = 200;

integrityRow(
  'clock: an hour forward and back, with a restart between',
  { seconds: 60, bounded: 6, protection: 'writes at the time of the clock, whatever is stored' },
  async (row) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-clock-'));
    row.onEnd(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'offset');
    const setClock = (offset: number): void => writeFileSync(file, String(offset));
    const scene = await row.scene({ learners: LEARNERS });
    const start = (): Promise<JobProcess> =>
      scene.start(
        {},
        {
          nodeArgs: ['--import', pathToFileURL(join(process.cwd(), 'test', 'integrity', 'jobs', 'clock.mjs')).href],
          env: { MILLRACE_CLOCK_FILE: file },
        },
      );

    setClock(0);
    const feed = scene.feed();
    const first = await start();
    await scene.progressed();
    row.underWay();
    // Forward and back while a back-off waits: it must neither give up nor hang.
    await row.services.cassandra.pause();
    await scene.until('it waits for Cassandra', 180_000, async () => (await first.health())?.ok === false);
    setClock(HOUR);
    await sleep(row.seconds(10) * 1_000);
    setClock(0);
    await sleep(row.seconds(10) * 1_000);
    await row.services.cassandra.resume();
    await scene.progressed();
    // Everybody is asked about while the clock is an hour ahead, and rows are written under that time.
    setClock(HOUR);
    const turn = feed.turn;
    await scene.until('everybody was asked about', 180_000, () => feed.turn >= turn + LEARNERS);
    await feed.stop();
    await scene.drained();
    await scene.stop();
    // The clock is right again; what completes now must not lose against what was written an hour from now.
    setClock(0);
    await scene.completeCourses();
    await start();
    const again = scene.feed();
    const from = again.turn;
    await scene.until('everybody was asked about again', 180_000, () => again.turn >= from + LEARNERS);
    // Aggregate rows carry the time of reading and no guard: those of the hour ahead stay until that hour has passed.
    const report = await scene.checkEverything({ aggregatesMayBeOlder: true });
    const restarts = scene.processes.filter(({ stderr }) => stderr.includes('"RESTARTING"')).length;
    if (restarts > 0) throw new Finding('the job took a jump of the clock for the end of its patience');
    row.report({ runs: 3, note: 'aggregates written an hour ahead are not judged', ...report });
  },
);
