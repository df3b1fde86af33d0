import { setTimeout as sleep } from 'node:timers/promises';
import { integrityRow } from './framework/integrity-row.js';
import { randomMoments } from './framework/random.js';
import type { Random } from './framework/random.js';
import type { Report, Row } from './framework/row.js';

const MEMBERS = 3;
/** What is waited for on a loaded machine, and what three members that hardly lived have left to do. */
const LIMIT_MS = 600_000;

/** Three processes, killed in rotation and started again while requests come in. */
async function killInRotation(row: Row, random: Random, interval: string): Promise<Report> {
  const settings = { 'task.checkpointing.interval': interval };
  const scene = await row.scene();
  const members = await Promise.all(Array.from({ length: MEMBERS }, () => scene.start(settings)));
  scene.feed({ perSecond: 60 });
  await scene.progressed();
  row.underWay();
  const end = performance.now() + row.length * 1_000;
  let kills = 0;
  while (performance.now() < end) {
    const member = kills % MEMBERS;
    // One of four dies wherever its start is; if all did, a loaded machine would have nobody do any work.
    if (kills % 4 !== 3) {
      await scene.until('it runs', LIMIT_MS, () => members[member]?.stderr.includes('"state":"RUNNING"') === true);
    }
    await sleep(random.between(500, 4_000));
    await members[member]?.kill();
    members[member] = await scene.start(settings);
    kills += 1;
  }
  return { runs: kills, ...(await scene.checkEverything({ drainTimeoutMs: LIMIT_MS })) };
}

// A kill comes every two seconds or so: with the one interval most of what was done is committed, with the other it is
// only what a rebalance commits.
const options = { seconds: 600, bounded: 12, protection: 'commits before the sinks have flushed' };

integrityRow('process killed at random moments, three in rotation', options, async (row) => {
  const random = randomMoments();
  const reports = await Promise.all([killInRotation(row, random, '200'), killInRotation(row, random, '20000')]);
  for (const report of reports) row.report(report);
  row.report({ note: `commits every 0.2 s and every 20 s; seed ${String(random.seed)}` });
});
