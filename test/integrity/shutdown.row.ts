import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Finding } from './framework/finding.js';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess, ProcessEnd } from './framework/job-process.js';
import { randomMoments } from './framework/random.js';
import type { Row } from './framework/row.js';
import type { Scene } from './framework/scene.js';

const STOP_TIMEOUT = 25;

/** Stops with SIGTERM. @throws when it takes longer than the stop timeout, and what a loaded machine may add */
async function stopInTime(process: JobProcess, timeoutSeconds = STOP_TIMEOUT): Promise<ProcessEnd> {
  const late = sleep((timeoutSeconds + 15) * 1_000, undefined, { ref: false }).then(() => {
    throw new Finding(`still running long after the stop timeout\n${process.stderr.slice(-1_500)}`);
  });
  return Promise.race([process.stop(), late]);
}

integrityRow(
  'shutdown: SIGTERM under load at random moments',
  { seconds: 300, bounded: 8, protection: 'stops without finishing what it has in hand, and commits it' },
  async (row) => {
    const random = randomMoments();
    const scene = await row.scene();
    const first = await scene.start();
    const members = [first, await scene.start()];
    scene.feed();
    await scene.progressed();
    row.underWay();
    const end = performance.now() + row.length * 1_000;
    let stops = 0;
    while (performance.now() < end) {
      const member = stops % members.length;
      // From the moment at which it loads its modules to the middle of its work.
      await sleep(random.between(100, 3_000));
      const process = members[member] ?? first;
      // Before Node runs a line of ours, only the system answers a signal; nothing has begun then.
      const hasBegun = process.stderr !== '';
      const { code, signal } = await stopInTime(process);
      if (code !== 0 && (hasBegun || signal !== 'SIGTERM')) {
        throw new Finding(`SIGTERM ended it with ${String(code ?? signal)}\n${process.stderr.slice(-1_500)}`);
      }
      if (code !== 0) process.expectedEnd = 'any';
      members[member] = await scene.start();
      stops += 1;
    }
    row.report({ runs: stops, note: `seed ${String(random.seed)}`, ...(await scene.checkEverything()) });
  },
);

/** Waits until the process holds work that it cannot finish. */
async function isStuck(scene: Scene, process: JobProcess): Promise<void> {
  await scene.until('work is held back', 180_000, async () => {
    const health = await process.health();
    return (health?.splits ?? []).some(({ inFlight }) => inFlight > 0) && health?.ok === false;
  });
}

/** What a process says when it leaves work undone. */
const undone = [/^millrace: .*(undone|will be repeated)/, /the job attempt failed/];

interface Outage {
  readonly name: string;
  begin(row: Row): Promise<void>;
  end(row: Row): Promise<void>;
}

const outages: readonly Outage[] = [
  {
    name: 'Cassandra paused',
    begin: (row) => row.services.cassandra.pause(),
    end: (row) => row.services.cassandra.resume(),
  },
  { name: 'Redis killed', begin: (row) => row.services.redis.kill(), end: (row) => row.services.redis.restart() },
];

integrityRow(
  'shutdown: SIGTERM and a second signal while a service is down',
  { seconds: 20, bounded: 8, protection: 'does not hear a second signal' },
  async (row) => {
    // Relations are asked for again at once, so that the job notices that Redis is away.
    const scene = await row.scene({ settings: { 'relation.cache.expiry': '0' } });
    scene.feed({ perSecond: 40 });
    let runs = 0;
    for (const outage of outages) {
      // In the bounded form each outage meets one of the two ends.
      const ends = row.length < 20 ? [runs % 2 === 1] : [false, true];
      for (const second of ends) {
        runs += 1;
        const process = await scene.start({ 'stop.timeout': second ? '60' : '2' });
        await scene.progressed();
        row.underWay();
        await outage.begin(row);
        await isStuck(scene, process);
        process.expectedEnd = 'any';
        if (second) {
          process.child.kill('SIGTERM');
          await scene.until('it is stopping', 30_000, () => process.stderr.includes('SIGTERM'));
        }
        const { code } = await stopInTime(process, second ? 60 : 2);
        await outage.end(row);
        // What it says at its end tells which of the two ended it, however slow the machine is.
        const reason = /stopped by a second SIGTERM|stop\.timeout: not stopped/.exec(process.stderr)?.[0];
        const ended = second ? { reason: 'stopped by a second SIGTERM', code: 3 } : { reason, code: 3 };
        expect({ outage: outage.name, second, reason, code }).toEqual({ outage: outage.name, second, ...ended });
      }
    }
    await scene.start();
    row.report({ runs, ...(await scene.checkEverything({ allow: undone })) });
  },
);

integrityRow(
  'shutdown: SIGTERM while the broker is away',
  { seconds: 20, bounded: 8, protection: 'has all the time in the world to stop' },
  async (row) => {
    const scene = await row.scene();
    scene.feed({ perSecond: 40 });
    const process = await scene.start({ 'stop.timeout': '5' });
    await scene.progressed(20);
    row.underWay();
    await row.services.kafka.pause();
    await sleep(row.seconds(5, 2) * 1_000);
    process.expectedEnd = 'any';
    const { code } = await stopInTime(process, 5);
    await row.services.kafka.resume();
    // What was in work at that moment cannot be committed: 3; if by chance nothing was, 0.
    expect([0, 3]).toContain(code);
    await scene.start();
    row.report({
      runs: 1,
      note: `exit code ${String(code)}`,
      ...(await scene.checkEverything({ allow: undone })),
    });
  },
);
