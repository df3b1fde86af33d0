import { setTimeout as sleep } from 'node:timers/promises';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess } from './framework/job-process.js';
import type { Scene } from './framework/scene.js';

/** For everything that is waited for: a loaded machine starts a process in half a minute. */
const LIMIT_MS = 120_000;

/** What a member says whose partitions went to others while it stood still. */
const evicted = [/were not committed/, /evicted from the group/];

/** Tasks that the process has, by its own account. */
async function tasksOf(process: JobProcess): Promise<number> {
  return (await process.health())?.splits?.length ?? 0;
}

function running(scene: Scene): JobProcess[] {
  return scene.processes.filter(({ isRunning }) => isRunning);
}

integrityRow(
  'rebalance storm: members join and leave every few seconds',
  { seconds: 180, bounded: 15, protection: 'gives partitions up without waiting, and commits all that was read' },
  async (row) => {
    // Fewer partitions than members: some of them are spares, and take over.
    const scene = await row.scene({ partitions: 2 });
    await scene.start();
    scene.feed();
    await scene.progressed(50, LIMIT_MS);
    row.underWay();
    const begun = performance.now();
    let runs = 0;
    while (performance.now() - begun < row.length * 1_000) {
      await scene.start();
      await sleep(1_500 + 1_500 * (runs % 2));
      const members = running(scene);
      if (members.length < 4) continue;
      // One that has not joined yet would leave nobody: on a loaded machine that takes longer than the wait.
      await scene.until('the one that leaves has joined', LIMIT_MS, () =>
        members[0]!.stderr.includes('"state":"RUNNING"'),
      );
      // By turns as a deployment ends one, and as a crash does.
      if (runs % 3 === 2) await members[0]!.kill();
      else await members[0]!.stop();
      runs += 1;
    }
    row.report({
      runs,
      note: `${String(scene.processes.length)} processes`,
      ...(await scene.checkEverything({ drainTimeoutMs: LIMIT_MS })),
    });
  },
);

integrityRow(
  'rebalance storm: rolling restart',
  { seconds: 90, bounded: 10, protection: 'gives partitions up without waiting, and commits all that was read' },
  async (row) => {
    const scene = await row.scene();
    const members = [await scene.start(), await scene.start(), await scene.start()];
    scene.feed();
    await scene.progressed(50, LIMIT_MS);
    row.underWay();
    const begun = performance.now();
    let runs = 0;
    do {
      for (const member of members.splice(0)) {
        await member.stop();
        members.push(await scene.start());
        await scene.until('the new one has its part', LIMIT_MS, async () => (await tasksOf(members.at(-1)!)) > 0);
        runs += 1;
      }
    } while (performance.now() - begun < row.length * 1_000);
    row.report({ runs, ...(await scene.checkEverything({ drainTimeoutMs: LIMIT_MS })) });
  },
);

integrityRow(
  'zombie: a member that stood still wakes after others took over',
  { seconds: 90, bounded: 14, protection: 'commits what was handed over, settled or not' },
  async (row) => {
    const scene = await row.scene();
    // Small enough that something is in flight at every moment, and a commit is due when it wakes.
    const settings = { 'task.max-in-flight': '32', 'task.checkpointing.interval': '200' };
    const sleeper = await scene.start(settings);
    await scene.start(settings);
    scene.feed({ perSecond: 60 });
    await scene.until('both have tasks', LIMIT_MS, async () => {
      const counts = await Promise.all(scene.processes.map(tasksOf));
      return counts.every((count) => count === 3);
    });
    await scene.progressed(50, LIMIT_MS);
    row.underWay();
    const begun = performance.now();
    let runs = 0;
    do {
      sleeper.pause();
      await scene.until(
        'the other has taken all over',
        LIMIT_MS,
        async () => (await tasksOf(scene.processes[1]!)) === 6,
      );
      await scene.progressed(50, LIMIT_MS);
      sleeper.resume();
      await scene.until('it has rejoined by itself', LIMIT_MS, async () => (await tasksOf(sleeper)) === 3);
      runs += 1;
    } while (performance.now() - begun < row.length * 1_000);
    await scene.progressed(50, LIMIT_MS);
    row.report({ runs, ...(await scene.checkEverything({ allow: evicted, drainTimeoutMs: LIMIT_MS })) });
  },
);
