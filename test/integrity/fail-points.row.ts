import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { failPoints } from '@millrace/core/testing';
import type { FailPoint } from '@millrace/core';
import { startFaultProxy } from '@millrace/testing';
import { CountingScene } from './framework/counting-scene.js';
import { EmbeddedScene } from './framework/embedded-scene.js';
import { Finding } from './framework/finding.js';
import { integrityRow } from './framework/integrity-row.js';
import type { JobProcess, ProcessOptions } from './framework/job-process.js';
import type { Report, Row } from './framework/row.js';
import type { Scene } from './framework/scene.js';

type Point = `${FailPoint}${'' | `:${number}`}`;

/** Points that the reconciliation job passes on Kafka, Cassandra and Redis; victims of one line are one group. */
const groups: readonly (readonly Point[])[] = [
  ['reconciliation-aggregated:3', 'reconciliation-aggregates-written:3', 'checkpoint-commit:2', 'rebalance-revoked'],
  ['reconciliation-enrolment-written:3', 'reconciliation-certificate-sent:3', 'kafka-commit:2', 'rebalance-drained'],
  ['reconciliation-audit-sent:3', 'kafka-send:3', 'checkpoint-committed:2', 'rebalance-committed'],
  ['kafka-sent:3', 'kafka-committed:2', 'rebalance-assigned', 'rebalance-released'],
  ['rebalance-restored', 'rebalance-resumed'],
];

/** Reached by a member that the group has put out. */
const LOST: Point = 'rebalance-lost';

/** Points of a job with state, of the state on Redis and of the sink of Cassandra. */
const ofCounting: readonly Point[] = [
  'checkpoint-begun:2',
  'checkpoint-held:2',
  'checkpoint-drained:2',
  'checkpoint-flushed:2',
  'checkpoint-written:2',
  'redis-state-claimed:2',
  'redis-state-staged:2',
  'redis-state-committed:2',
  'cassandra-write:20',
  'cassandra-written:20',
];

const ofEmbedded: readonly Point[] = ['embedded-commit:20', 'embedded-committed:20'];

const allow = [/^fail point /];
const LIMIT_MS = 180_000;

function killedAt(point: Point): ProcessOptions {
  const module = pathToFileURL(join(process.cwd(), 'packages', 'testing', 'dist', 'fail-points.js')).href;
  return { nodeArgs: ['--import', module], env: { MILLRACE_FAIL_POINT: point } };
}

function wasKilledAt(point: Point, { stderr }: JobProcess): boolean {
  return stderr.includes(`fail point ${point} reached`);
}

/** @throws where it ended by other means: then nothing was killed at this point */
async function dead(scene: Pick<Scene, 'until'>, point: Point, victim: JobProcess): Promise<void> {
  await scene.until(`killed at ${point}`, LIMIT_MS, () => !victim.isRunning);
  if (!wasKilledAt(point, victim)) throw new Error(`it ended before ${point}\n${victim.stderr.slice(-2_000)}`);
}

/** All are members of one group until each is killed at its point; then one that lives takes over. */
async function killAtEach(row: Row, points: readonly Point[]): Promise<Report> {
  const scene = await row.scene({ learners: 1_200, partitions: 8 });
  const victims: [Point, JobProcess][] = [];
  for (const point of points) {
    const victim = await scene.start({}, killedAt(point));
    victim.expectedEnd = 'killed';
    victims.push([point, victim]);
  }
  // A learner completes a course once: all are there before the first one asks, so that no member does it for the others.
  await scene.until('all members run', LIMIT_MS, () =>
    victims.every(([, { isRunning, stderr }]) => !isRunning || stderr.includes('"state":"RUNNING"')),
  );
  const feed = scene.feed({ perSecond: 40 });
  for (const [point, victim] of victims) await dead(scene, point, victim);
  row.underWay();
  await scene.start();
  await feed.stop();
  return { runs: points.length, ...(await scene.checkEverything({ allow })) };
}

/** Records that a task takes in; what comes then waits, and the member sends heartbeats of its own meanwhile. */
const TASK_TAKES = 1_024;

/**
 * It stands still until the group has put it out and another has its partition, and is killed when it hears of that: from
 * the heartbeat that it sends of its own while records wait for their turn. So its Cassandra takes nothing any more
 * before it is paused; else kafkajs would hear of it first, in a fetch.
 */
async function killAtLoss(row: Row): Promise<Report> {
  const proxy = await startFaultProxy({ target: row.services.cassandra });
  row.onEnd(() => proxy.stop());
  const scene = await row.scene({ learners: 600, partitions: 1 });
  const settings = {
    'task.max-in-flight': '2',
    'lms-cassandra.host': proxy.host,
    'lms-cassandra.port': String(proxy.port),
  };
  const victim = await scene.start(settings, killedAt(LOST));
  victim.expectedEnd = 'killed';
  const first = scene.feed({ perSecond: 40 });
  await scene.progressed(20, LIMIT_MS);
  await first.stop();
  proxy.stall();
  const feed = scene.feed({ perSecond: 1_000 });
  const enough = scene.planned.length + 2 * TASK_TAKES;
  await scene.until('more is fed than it takes', LIMIT_MS, () => scene.planned.length > enough);
  await feed.stop();
  await scene.until('it has taken what it can', LIMIT_MS, async () => {
    return ((await victim.health())?.splits?.[0]?.inFlight ?? 0) >= TASK_TAKES;
  });
  victim.pause();
  const other = await scene.start();
  await scene.until('another has its partition', LIMIT_MS, async () => (await other.health())?.splits?.length === 1);
  victim.resume();
  await dead(scene, LOST, victim);
  row.underWay();
  return { runs: 1, ...(await scene.checkEverything({ allow })) };
}

/** One after another, each a process that finds what the one before has left. */
async function killCounting(row: Row): Promise<Report> {
  const scene = await CountingScene.open(row);
  for (const point of ofCounting) {
    await scene.feed();
    const victim = scene.start(killedAt(point));
    victim.expectedEnd = 'killed';
    await dead(scene, point, victim);
  }
  row.underWay();
  scene.start();
  return { runs: ofCounting.length, ...(await scene.checkEverything(allow)) };
}

async function killEmbedded(row: Row): Promise<Report> {
  const scene = await EmbeddedScene.create(200);
  row.onEnd(() => scene.dispose());
  for (const point of ofEmbedded) {
    const settings = { 'task.checkpointing.interval': '50', 'task.max-in-flight': '4' };
    const victim = await scene.start({ untilDrained: true, settings }, killedAt(point));
    row.onEnd(() => (victim.isRunning ? victim.kill() : undefined));
    await victim.ended;
    // A process that had nothing left to do: what is there tells why.
    if (!wasKilledAt(point, victim)) throw new Finding(`${(await scene.judge()).summary}\nit ended before ${point}`);
  }
  row.underWay();
  const last = await scene.start({ untilDrained: true });
  row.onEnd(() => (last.isRunning ? last.kill() : undefined));
  const { code } = await last.ended;
  const verdict = await scene.judge();
  if (code !== 0 || !verdict.isClean)
    throw new Finding(`ended with ${String(code)}\n${verdict.summary}\n${last.stderr}`);
  const { records, lost, wrong, duplicates } = verdict;
  return { runs: ofEmbedded.length, records, lost, wrong, duplicates };
}

const options = {
  seconds: 30,
  bounded: 30,
  onlyInFull: 'npm test has these kills on the embedded stores',
  protection: 'commits before the sinks have flushed',
};

integrityRow('process killed at every fail point', options, async (row) => {
  const points = [...groups.flat(), LOST, ...ofCounting, ...ofEmbedded];
  const named = new Set(points.map((point) => point.split(':')[0]));
  const missing = Object.keys(failPoints).filter((point) => !named.has(point));
  if (missing.length > 0) throw new Error(`nobody is killed at ${missing.join(', ')}`);
  const kills = [
    ...groups.map((each) => () => killAtEach(row, each)),
    () => killAtLoss(row),
    () => killCounting(row),
    () => killEmbedded(row),
  ];
  // Two at a time: more of them, and what they wait for is the machine. Where one fails, the other ends what it is at
  // before the row is taken down under it.
  const ended = await Promise.allSettled(
    [0, 1].map(async () => {
      for (let kill = kills.pop(); kill !== undefined; kill = kills.pop()) {
        try {
          row.report(await kill());
        } catch (error) {
          kills.length = 0;
          throw error;
        }
      }
    }),
  );
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  row.report({ note: `${String(points.length)} fail points, all that there are` });
});
