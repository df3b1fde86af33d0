import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { integrityRow } from './framework/integrity-row.js';
import type { Row } from './framework/row.js';

/** A file as installations of the platform have it: a checkpoint a minute, four minutes before a restart. */
const CONFIG = join(process.cwd(), 'packages', 'reconciliation', 'fixtures', 'conf', 'enrolment-reconciliation.conf');
const SERVICES = ['cassandra', 'redis', 'kafka'] as const;
/** It commits once a minute, and so late is seen what was settled. */
const LIMIT_MS = 300_000;
const allow = [/cannot be reached/, /were not committed/];

type Away = (row: Row, service: (typeof SERVICES)[number], seconds: number) => Promise<void>;

const paused: Away = async (row, service, seconds) => {
  await row.services[service].pause();
  await sleep(seconds * 1_000);
  await row.services[service].resume();
};

const killed: Away = async (row, service, seconds) => {
  await row.services[service].kill();
  await sleep(seconds * 1_000);
  await row.services[service].restart();
};

const options = {
  seconds: 90,
  bounded: 6,
  unprotected: 90,
  onlyInFull: 'with that file a process commits once a minute',
  protection: 'takes an outage of Cassandra for the fault of the request',
};

async function eachAway(row: Row, away: Away): Promise<void> {
  const scene = await row.scene({ config: CONFIG });
  const job = await scene.start();
  scene.feed({ perSecond: 40 });
  await scene.until('it works', LIMIT_MS, async () => (await job.health())?.ok === true);
  row.underWay();
  const seconds: string[] = [];
  let recoverySeconds = 0;
  for (const service of SERVICES) {
    await sleep(row.seconds(5) * 1_000);
    await away(row, service, row.length / SERVICES.length);
    const recovery = await scene.recovery(service);
    seconds.push(`${service} ${String(recovery)} s`);
    recoverySeconds = Math.max(recoverySeconds, recovery);
  }
  const report = await scene.checkEverything({ allow, drainTimeoutMs: LIMIT_MS });
  row.report({ runs: SERVICES.length, recoverySeconds, note: seconds.join('; '), ...report });
}

integrityRow('configuration of an installation, unchanged: each service paused', options, (row) =>
  eachAway(row, paused),
);

integrityRow('configuration of an installation, unchanged: each service killed', options, (row) =>
  eachAway(row, killed),
);
