import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedScene } from './framework/embedded-scene.js';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess } from './framework/job-process.js';
import type { Row } from './framework/row.js';
import { writeDefect } from './framework/table.js';
import type { Verdict } from './oracle/verdict.js';

const LEARNERS = 160;
/** Few in work and frequent commits: a kill meets every step of some record. */
const pace = { 'task.max-in-flight': '8', 'task.checkpointing.interval': '50' };
/** A kill may fall between two records; a defect that needs one gets some more. */
const MOST_KILLS = 4;

async function working(job: JobProcess): Promise<void> {
  while (!job.stderr.includes('split assigned')) {
    if (!job.isRunning) throw new Error(`it did not start\n${job.stderr}`);
    await sleep(20);
  }
}

/** Killed in the middle of its work, then run to its end: with what is planted all the while. */
async function killedAndFinished(loaded: EmbeddedScene, names: readonly string[], kills: number): Promise<Verdict> {
  const scene = loaded.copy();
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const job = await scene.start({ untilDrained: false, settings: pace }, { defects: names });
      await working(job);
      await sleep(400);
      await job.kill();
    }
    const last = await scene.start({ untilDrained: true, settings: pace }, { defects: names });
    const { code } = await last.ended;
    if (code !== 0) throw new Error(`it ended with ${String(code)}\n${last.stderr.slice(-2_000)}`);
    return await scene.judge();
  } finally {
    scene.dispose();
  }
}

interface Defect {
  readonly name: string;
  /** Shows only where a process is killed. */
  readonly needsKill?: boolean;
  /** Beside it the sinks are slow, as over a network. */
  readonly slowly?: boolean;
}

const defects: readonly Defect[] = [
  { name: 'commits before the sinks have flushed', needsKill: true, slowly: true },
  { name: 'acknowledges what is only buffered', needsKill: true },
  { name: 'does not know its own write again', needsKill: true, slowly: true },
  { name: 'skips a record where it begins', needsKill: true, slowly: true },
  { name: 'writes no failed event' },
  { name: 'new ids at every repetition' },
  { name: 'the last request of a key is taken for the first', needsKill: true, slowly: true },
  { name: 'completed enrolments are computed again' },
  { name: 'completion at the time of the clock' },
];

/** What the checker says first of a defect, undefined where it says nothing. */
async function findingOf(loaded: EmbeddedScene, defect: Defect): Promise<string | undefined> {
  const names = [...(defect.slowly === true ? ['slow sink'] : []), defect.name];
  for (let kills = 2; kills <= MOST_KILLS; kills += 2) {
    const verdict = await killedAndFinished(loaded, names, defect.needsKill === true ? kills : 0);
    if (!verdict.isClean) return verdict.first;
  }
  return undefined;
}

/** On the services: one of two processes dies while the other cannot finish what it has in hand, and partitions move. */
async function findingAtRevoke(row: Row, names: readonly string[]): Promise<string | undefined> {
  const scene = await row.scene({ learners: 200 });
  scene.feed({ perSecond: 60, seconds: 1 });
  const [first, second] = [await scene.start({}, { defects: names }), await scene.start({}, { defects: names })];
  await scene.until('both have partitions', 180_000, async () => {
    const healths = await Promise.all([first.health(), second.health()]);
    return healths.every((health) => (health?.splits?.length ?? 0) > 0);
  });
  await scene.drained();
  await row.services.cassandra.pause();
  await scene.feed({ perSecond: 60, seconds: 4 }).done;
  await scene.until('the first has work in hand', 180_000, async () => {
    const health = await first.health();
    return health?.splits?.some(({ inFlight }) => inFlight > 0) === true;
  });
  const before = timesGivenUp(first);
  await second.kill();
  await scene.until('partitions are given up', 180_000, () => timesGivenUp(first) > before);
  await row.services.cassandra.resume();
  await scene.settle();
  return (await scene.judge()).first;
}

function timesGivenUp({ stderr }: JobProcess): number {
  return stderr.split('split given up').length;
}

integrityRow(
  'planted defects are found, and nothing is found without one',
  {
    seconds: 600,
    bounded: 30,
    onlyInFull: 'its forty starts of a process take minutes on a loaded machine',
    protection: { none: 'it plants defects itself' },
  },
  async (row) => {
    const loaded = await EmbeddedScene.create(LEARNERS);
    row.onEnd(() => loaded.dispose());
    const control = await killedAndFinished(loaded, ['slow sink'], 2);
    expect(control.summary).toBe('');
    const findings = new Map<string, string | undefined>();
    const waiting = [...defects];
    const work = async (): Promise<void> => {
      for (let defect = waiting.shift(); defect !== undefined; defect = waiting.shift()) {
        const finding = await findingOf(loaded, defect);
        findings.set(defect.name, finding);
        writeDefect(defect.name, finding);
      }
    };
    await Promise.all([work(), work()]);
    expect([...findings].filter(([, finding]) => finding === undefined)).toEqual([]);
    const note = `${String(findings.size)} defects found; ${String(control.duplicates)} repetitions without one`;
    row.report({ runs: findings.size + 1, records: control.records, lost: 0, wrong: 0, note });
  },
);

const atRevoke = 'gives partitions up with work in hand and commits it';

integrityRow(
  'planted defects: one that only a group of processes shows is found, and nothing without it',
  {
    seconds: 60,
    bounded: 10,
    onlyInFull: 'beside the other planted defects',
    protection: { none: 'it plants a defect itself' },
  },
  async (row) => {
    expect(await findingAtRevoke(row, [])).toBeUndefined();
    const finding = await findingAtRevoke(row, [atRevoke]);
    writeDefect(atRevoke, finding);
    expect(finding).toBeDefined();
    row.report({ runs: 2, lost: 0, wrong: 0, note: '1 defect found, nothing without one' });
  },
);
