import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy } from '@millrace/testing';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess } from './framework/job-process.js';

/** What a process says that is not in its group any more. */
function signsOfEviction({ stderr }: JobProcess): readonly string[] {
  const signs =
    /evicted from the group|heartbeat failed|the consumer starts anew|coordinator is not aware of this member/;
  return stderr.split('\n').filter((line) => signs.test(line));
}

integrityRow(
  'stuck sink: Cassandra takes everything and never answers',
  { seconds: 600, bounded: 15, unprotected: 75, protection: 'sends no heartbeat while it can take nothing' },
  async (row) => {
    const proxy = await startFaultProxy({ target: row.services.cassandra });
    row.onEnd(() => proxy.stop());
    const scene = await row.scene({
      settings: {
        'lms-cassandra.host': proxy.host,
        'lms-cassandra.port': String(proxy.port),
        // Longer than the row: after it a restart would count, and free what must stay bounded by itself.
        'task.retry.timeout': '1200',
      },
    });
    const job = await scene.start();
    // A backlog that would not fit into its memory.
    scene.feed({ perSecond: 200 });
    await scene.progressed(100);
    row.underWay();
    proxy.stall();
    await scene.until('health says what is waited for', 60_000, async () => {
      const health = await job.health();
      return health?.ok === false && health.reasons.some((reason) => /tries again since .*cassandra/.test(reason));
    });
    const committed = await scene.committed();
    const end = performance.now() + row.length * 1_000;
    while (performance.now() < end) {
      await sleep(1_000);
      expect(job.isRunning).toBe(true);
    }
    // Never thrown out of its group: it kept its heartbeats.
    expect((await job.health())?.splits).toHaveLength(6);
    expect(signsOfEviction(job)).toEqual([]);
    expect((await scene.committed()) - committed).toBeLessThan(200);
    await proxy.heal();
    const recoverySeconds = await scene.recovery('cassandra');
    await scene.until('health is well again', 60_000, async () => (await job.health())?.ok === true);
    const report = await scene.checkEverything({ drainTimeoutMs: 120_000 + row.length * 1_000 });
    // A member that cannot take anything is told that it was thrown out only when it commits again.
    expect(signsOfEviction(job)).toEqual([]);
    row.report({ runs: 1, recoverySeconds, ...report });
  },
);
