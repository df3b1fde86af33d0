import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { failPoints } from '@millrace/core/testing';
import type { FailPoint } from '@millrace/core';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess } from './framework/job-process.js';
import type { Report, Row } from './framework/row.js';
import type { Scene } from './framework/scene.js';

/** Points that this job passes on Kafka, Cassandra and Redis; victims of one line are members of one group. */
const groups: readonly (readonly `${FailPoint}${'' | `:${number}`}`[])[] = [
  ['reconciliation-aggregated:3', 'reconciliation-aggregates-written:3', 'checkpoint-commit:2', 'rebalance-revoked'],
  ['reconciliation-enrolment-written:3', 'reconciliation-certificate-sent:3', 'kafka-commit:2', 'rebalance-drained'],
  ['reconciliation-audit-sent:3', 'kafka-send:3', 'checkpoint-committed:2', 'rebalance-committed'],
  ['kafka-sent:3', 'kafka-committed:2', 'rebalance-assigned', 'rebalance-released'],
  ['rebalance-restored', 'rebalance-resumed'],
];

function startVictim(scene: Scene, point: string): Promise<JobProcess> {
  const module = pathToFileURL(join(process.cwd(), 'packages', 'testing', 'dist', 'fail-points.js')).href;
  return scene.start({}, { nodeArgs: ['--import', module], env: { MILLRACE_FAIL_POINT: point } });
}

/** All are members of one group until each is killed at its point; then one that lives takes over. */
async function killAtEach(row: Row, points: readonly string[]): Promise<Report> {
  const scene = await row.scene({ learners: 240, partitions: 8 });
  const feed = scene.feed({ perSecond: 40 });
  const victims: [string, JobProcess][] = [];
  for (const point of points) victims.push([point, await startVictim(scene, point)]);
  for (const [point, victim] of victims) {
    victim.expectedEnd = 'killed';
    await scene.until(`killed at ${point}`, 180_000, () => !victim.isRunning);
    if (!victim.stderr.includes(`fail point ${point} reached`)) {
      throw new Error(`it ended before ${point}\n${victim.stderr.slice(-2_000)}`);
    }
  }
  await scene.start();
  await feed.stop();
  return { runs: points.length, ...(await scene.checkEverything({ allow: [/^fail point /] })) };
}

const options = {
  seconds: 30,
  bounded: 30,
  onlyInFull: 'npm test has these kills on the embedded stores',
  protection: 'commits before the sinks have flushed',
};

integrityRow('process killed at every fail point', options, async (row) => {
  const reports = await Promise.all(groups.map((points) => killAtEach(row, points)));
  for (const report of reports) row.report(report);
  const named = new Set(groups.flat().map((point) => point.split(':')[0]));
  const others = Object.keys(failPoints).filter((point) => !named.has(point));
  row.report({ note: `not on the way of this job: ${others.join(', ')}` });
});
