import { expect } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsumerRecord } from '@millrace/core';
import type { ServiceHandles } from '@millrace/testing';
import { millrace, millraceOk, startMillrace, summaryOf } from './cli.js';
import { COURSE, everythingOf, learners, quick, recordsOf, runToTheEnd, writeFailingWorld } from './failed-world.js';
import type { World } from './world.js';

const LEARNERS = 150;
const KILLS = 4;
/** Slow enough that a busy machine does not come to the end before it is killed: groups of two, five a second. */
const RATE = 10;
const GROUP = 2;

/** The topics of a world; `env` is `dev` where none was given. */
function topicsOf(env: string) {
  const failed = `${env}.enrolment.reconciliation.failed`;
  return { input: `${env}.batch.enrolment.sync.request`, failed, ledger: `${failed}.replayed` };
}

/** Sends back slowly and is killed when it has said so many times that events were sent. */
async function replayAndKill(world: World, times: number): Promise<void> {
  const args = ['failed', 'replay', 'reconciliation', '--rate', String(RATE), '--log-level', 'debug', ...world.options];
  const { child, ended } = startMillrace(args);
  let told = 0;
  child.stderr?.on('data', (chunk: string) => {
    told += chunk.split('events sent back').length - 1;
    // Groups follow each other in 200 ms: some are killed between two, some in the middle of one.
    if (told >= times) setTimeout(() => child.kill('SIGKILL'), Math.random() * 300);
  });
  const { signal, stderr } = await ended;
  expect([signal, signal === 'SIGKILL' ? '' : stderr]).toEqual(['SIGKILL', '']);
}

export interface ReplayScene {
  readonly world: World;
  readonly env: string;
  readonly folder: string;
  readonly services?: ServiceHandles;
}

/** The course's leaf nodes are missing and every request fails; then they are there, and the failed events go back. */
export async function checkReplay({ world, env, folder, services }: ReplayScene): Promise<void> {
  const users = learners(LEARNERS);
  const topics = topicsOf(env);
  const { failing, mended } = writeFailingWorld(folder, users);
  await millraceOk(['load', 'reconciliation', '--dataset', failing, ...world.options]);
  expect(await runToTheEnd(world)).toMatchObject({ read: LEARNERS + 3, failed: LEARNERS + 3 });
  await millraceOk(['load', 'reconciliation', '--dataset', mended, ...world.options]);

  const list = ['failed', 'list', 'reconciliation', '--format', 'json', ...world.options];
  expect(JSON.parse((await millraceOk(list)).stdout)).toMatchObject({
    events: LEARNERS + 3,
    groups: [
      { code: 'ERR_LEAF_NODES_MISSING', course: COURSE, events: LEARNERS, sentBack: 0, unmendable: 0 },
      { code: 'ERR_UNPARSEABLE_EVENT', course: null, events: 2, unmendable: 2 },
      { code: 'ERR_INVALID_EVENT', course: null, events: 1, unmendable: 1 },
    ],
  });

  for (let kill = 1; kill <= KILLS; kill += 1) await replayAndKill(world, kill);
  const rest = summaryOf(
    await millraceOk(['failed', 'replay', 'reconciliation', '--format', 'json', ...world.options]),
  );
  expect(rest).toMatchObject({ left: 3 });
  expect(rest['sent']).toBeGreaterThan(0);
  // The first life had said that one group was sent before it was killed, the second two, and so on.
  expect(rest['sentBefore']).toBeGreaterThanOrEqual((GROUP * KILLS * (KILLS + 1)) / 2);
  expect((rest['sent'] ?? 0) + (rest['sentBefore'] ?? 0)).toBe(LEARNERS);
  const again = await millraceOk(['failed', 'replay', 'reconciliation', '--format', 'json', ...world.options]);
  expect(summaryOf(again)).toMatchObject({ sent: 0, sentBefore: LEARNERS, left: 3 });
  expect(again.stderr).toMatch(/left: \d+:\d+ ERR_UNPARSEABLE_EVENT, it was no JSON object/);

  const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();
  const sent = ((await recordsOf(world, topics.input, services)) ?? []).filter(
    ({ headers }: ConsumerRecord) => headers['millrace.replay.of'] !== undefined,
  );
  expect(sent.map(({ key }) => text(key)).sort()).toEqual([...users].sort());
  const failed = new Set(((await recordsOf(world, topics.failed, services)) ?? []).map(({ value }) => text(value)));
  expect(sent.filter(({ value }) => !failed.has(text(value)))).toEqual([]);

  expect(await runToTheEnd(world)).toMatchObject({
    read: LEARNERS,
    processed: LEARNERS,
    failed: 0,
    completed: LEARNERS,
  });
  expect(JSON.parse((await millraceOk(list)).stdout)).toMatchObject({
    groups: [{ code: 'ERR_LEAF_NODES_MISSING', events: LEARNERS, sentBack: LEARNERS }, {}, {}],
  });
}

/** Looking and trying write nothing, to no table and no topic, and make no topic. */
export async function checkNothingIsWritten({ world, env, folder, services }: ReplayScene): Promise<void> {
  const topics = topicsOf(env);
  const { failing } = writeFailingWorld(folder, learners(5));
  await millraceOk(['load', 'reconciliation', '--dataset', failing, ...world.options]);
  await runToTheEnd(world);
  const names = Object.values(topics);
  const before = await everythingOf(world, folder, names, services);
  expect(before.records[topics.ledger]).toBeUndefined();
  for (const command of [
    ['failed', 'list', 'reconciliation'],
    ['failed', 'list', 'reconciliation', '--code', 'ERR_PROCESSING', '--since', '1h'],
    ['failed', 'show', 'reconciliation', '--event', '0:0'],
    ['failed', 'replay', 'reconciliation', '--dry-run'],
    ['drift', 'reconciliation', '--course', COURSE],
    ['drift', 'reconciliation', '--course', COURSE, '--out', join(folder, 'stale.jsonl')],
  ]) {
    await millraceOk([...command, ...world.options]);
  }
  const after = await everythingOf(world, folder, names, services);
  expect(after.records).toEqual(before.records);
  for (const file of readdirSync(before.out)) {
    const read = (from: string): string => readFileSync(join(from, file), 'utf8');
    expect([file, read(after.out)]).toEqual([file, read(before.out)]);
  }
}

/** What a user can get wrong, and that it is said in one line with exit code 2. */
export async function checkWrongInput({ world, folder }: ReplayScene): Promise<void> {
  const { failing } = writeFailingWorld(folder, learners(2));
  await millraceOk(['load', 'reconciliation', '--dataset', failing, ...world.options]);
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['failed', 'list', 'reconciliation', '--code', 'ERR_NOTHING'], /--code/],
    [['failed', 'list', 'reconciliation', '--since', 'yesterday'], /--since/],
    [['failed', 'show', 'reconciliation'], /--event/],
    [['failed', 'show', 'reconciliation', '--event', 'first'], /partition:offset/],
    [['failed', 'show', 'reconciliation', '--event', '0:999'], /no failed event 0:999 in .*failed/],
    [['failed', 'replay', 'reconciliation', '--rate', '0'], /--rate/],
    [['failed', 'list', 'reconciliation', '--set', 'kafka.output.failed.topic=nowhere'], /nowhere/],
    [['failed', 'replay', 'reconciliation', '--set', 'kafka.input.topic=nowhere'], /nowhere/],
    [['drift', 'reconciliation'], /--course/],
    [['drift', 'reconciliation', '--course', ''], /--course/],
    [['drift', 'reconciliation', '--course', COURSE, '--out', join(folder, 'no', 'such', 'file')], /no.such.file/],
    [['drift', 'reconciliation', '--course', COURSE, '--rate', 'fast'], /--rate/],
  ];
  for (const [command, message] of wrong) {
    const { code, stderr, stdout } = await millrace([...command, ...world.options, ...quick]);
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect([command.slice(0, 6), code, lines, stdout]).toEqual([
      command.slice(0, 6),
      2,
      [expect.stringMatching(message)],
      '',
    ]);
  }
}
