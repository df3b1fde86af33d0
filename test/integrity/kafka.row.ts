import { expect } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runKafkaTool } from '@millrace/testing';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess } from './framework/job-process.js';

/** For everything that is waited for: a loaded machine starts a process in half a minute. */
const LIMIT_MS = 120_000;

// What a process says while no broker answers; each of these lines is followed by tries that go on.
const allow = [/cannot be reached/, /were not committed/];

integrityRow(
  'kafka: paused',
  { seconds: 60, bounded: 8, protection: 'gives up at the first write that is late' },
  async (row) => {
    const scene = await row.scene();
    await scene.start();
    await scene.start();
    scene.feed();
    await scene.progressed(50, LIMIT_MS);
    row.underWay();
    await row.services.kafka.pause();
    await sleep(row.length * 1_000);
    await row.services.kafka.resume();
    const recoverySeconds = await scene.recovery('kafka');
    row.report({ runs: 1, recoverySeconds, ...(await scene.checkEverything({ allow, drainTimeoutMs: LIMIT_MS })) });
  },
);

integrityRow(
  'kafka: killed and restarted',
  { seconds: 60, bounded: 8, protection: 'takes a write that failed for done' },
  async (row) => {
    const scene = await row.scene();
    await scene.start();
    await scene.start();
    scene.feed();
    let runs = 0;
    let recoverySeconds = 0;
    const begun = performance.now();
    // Down for a moment, then for longer: once the members are still known when it is back, once they are not.
    for (const down of [0, row.length / 2]) {
      await scene.progressed(50, LIMIT_MS);
      row.underWay();
      await row.services.kafka.kill();
      await sleep(down * 1_000);
      await row.services.kafka.restart();
      recoverySeconds = Math.max(recoverySeconds, await scene.recovery('kafka'));
      runs += 1;
    }
    const left = row.length * 1_000 - (performance.now() - begun);
    if (left > 0) await sleep(left);
    row.report({ runs, recoverySeconds, ...(await scene.checkEverything({ allow, drainTimeoutMs: LIMIT_MS })) });
  },
);

integrityRow(
  'kafka: the input gains partitions',
  { seconds: 60, bounded: 5, protection: 'looks for new partitions every five minutes' },
  async (row) => {
    const perSecond = 30;
    // Keys move to other partitions, and nobody keeps order between those: each learner asks at one time only.
    const scene = await row.scene({ partitions: 3, learners: Math.ceil((row.length + 2) * perSecond) });
    await scene.start();
    await scene.start();
    // A member that joins later would find the new partitions for all of them.
    await scene.until('both have partitions', LIMIT_MS, async () => {
      const healths = await Promise.all(scene.processes.map((process) => process.health()));
      return healths.every((health) => (health?.splits?.length ?? 0) > 0);
    });
    await scene.feed({ perSecond, seconds: 1 }).done;
    await scene.progressed(1, LIMIT_MS);
    row.underWay();
    const feeder = scene.feed({ perSecond, seconds: row.length });
    await sleep(row.seconds(5) * 1_000);
    await scene.kafka.addPartitions(scene.topics.input, 5);
    await scene.kafka.addPartitions(scene.topics.certificates, 5);
    await feeder.done;
    row.report({ runs: 1, ...(await scene.checkEverything({ drainTimeoutMs: LIMIT_MS })) });
    const offsets = await scene.kafka.groupOffsets(scene.groupId, scene.topics.input);
    expect([3, 4].filter((partition) => (offsets.get(partition) ?? 0) <= 0)).toEqual([]);
  },
);

integrityRow(
  'kafka: offsets out of range',
  { seconds: 30, bounded: 5, protection: 'goes to the end of the log where its offset is gone' },
  async (row) => {
    const scene = await row.scene({ partitions: 4 });
    const { input } = scene.topics;
    const first = await scene.start();
    await scene.feed({ seconds: row.length / 2 }).done;
    await scene.drained(LIMIT_MS);
    await first.stop();
    row.underWay();
    // Retention takes everything, and the group is told offsets before the first record and behind the last.
    await scene.keepInputs();
    const deleted = await scene.kafka.partitionRanges(input);
    await deleteRecords(row.services.kafka.addresses, input, deleted);
    const wrong = [...deleted].map(
      ([partition, { end }]) => [partition, partition % 2 === 0 ? 0 : end + 10_000] as const,
    );
    await scene.kafka.setGroupOffsets(scene.groupId, input, new Map(wrong));
    // These come before anybody looks: a start at the end of the log would lose them.
    await scene.feed({ seconds: row.length / 2 }).done;
    const second = await scene.start();
    const found = await scene.checkEverything({
      allow: [/offset is not in the log any more/, /deleted before they were read/],
      drainTimeoutMs: LIMIT_MS,
    });
    // Of a partition whose offset lay behind the end nobody can say how many are gone.
    const gone = [...deleted].filter(([partition]) => partition % 2 === 0);
    expect(missedRecords(second)).toEqual(new Map(gone.map(([partition, { end }]) => [partition, end])));
    row.report({ runs: 1, ...found });
  },
);

/** By partition, how many records the process said were deleted before it read them. */
function missedRecords(process: JobProcess): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of process.stderr.split('\n').filter((each) => each.includes('deleted before they were read'))) {
    const { partition, count } = JSON.parse(line) as { readonly partition: number; readonly count: number };
    counts.set(partition, (counts.get(partition) ?? 0) + count);
  }
  return counts;
}

/** As retention does: the partitions then begin where they end. */
async function deleteRecords(
  addresses: readonly string[],
  topic: string,
  ranges: ReadonlyMap<number, { readonly end: number }>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-delete-'));
  const file = join(folder, 'offsets.json');
  const partitions = [...ranges].map(([partition, { end }]) => ({ topic, partition, offset: end }));
  await writeFile(file, JSON.stringify({ partitions, version: 1 }));
  const where = ['--bootstrap-server', addresses.join(','), '--offset-json-file', file];
  await runKafkaTool('org.apache.kafka.tools.DeleteRecordsCommand', where);
  await rm(folder, { recursive: true });
}
