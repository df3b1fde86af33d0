import { expect } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { millraceOk, startMillrace, summaryOf } from './cli.js';
import type { World } from './world.js';

/** What `drift --format json` prints. */
export interface DriftCounts {
  readonly scanned: number;
  readonly enrolments: number;
  readonly agree: number;
  readonly stale: number;
  readonly wouldComplete: number;
  readonly noConsumption: number;
  readonly fail: number;
}

interface Enrolment {
  readonly courseid: string;
  readonly batchid: string;
}

/** A data set that looks like real ones, without its requests: nobody has asked yet. */
export async function sampleWithoutRequests(folder: string, users: number): Promise<string> {
  const dataset = join(folder, 'sample');
  const size = ['--users', String(users), '--courses', '6', '--seed', '7'];
  await millraceOk(['sample', 'reconciliation', '--out', dataset, ...size]);
  writeFileSync(join(dataset, 'requests.jsonl'), '');
  return dataset;
}

/** The course with the most enrolments. */
export function largestCourse(dataset: string): { course: string; enrolments: readonly Enrolment[] } {
  const rows = linesOf(join(dataset, 'enrolments.jsonl')) as readonly Enrolment[];
  const byCourse = new Map<string, Enrolment[]>();
  for (const row of rows) byCourse.set(row.courseid, [...(byCourse.get(row.courseid) ?? []), row]);
  const [first] = [...byCourse].sort(([, a], [, b]) => b.length - a.length);
  return { course: first?.[0] ?? '', enrolments: first?.[1] ?? [] };
}

export function linesOf(file: string): readonly unknown[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
}

export async function driftOf(world: World, ...more: readonly string[]): Promise<DriftCounts> {
  const args = ['drift', 'reconciliation', '--format', 'json', ...more, ...world.options];
  return JSON.parse((await millraceOk(args)).stdout) as DriftCounts;
}

/** drift -> request -> run -> drift: what was stale is stale no more. */
export async function checkChain(world: World, folder: string, users: number): Promise<void> {
  const dataset = await sampleWithoutRequests(folder, users);
  const { course, enrolments } = largestCourse(dataset);
  await millraceOk(['load', 'reconciliation', '--dataset', dataset, ...world.options]);
  const out = join(folder, 'stale.jsonl');
  const before = await driftOf(world, '--course', course, '--out', out);
  expect(before.enrolments).toBe(enrolments.length);
  expect(before.agree + before.stale + before.noConsumption + before.fail).toBe(before.enrolments);
  expect(before.stale).toBeGreaterThan(10);
  expect(before.wouldComplete).toBeGreaterThan(0);
  expect(linesOf(out)).toHaveLength(before.stale);
  expect(existsSync(`${out}.resume`)).toBe(false);

  const request = ['request', 'reconciliation', '--file', out, '--rate', '1000', '--format', 'json', ...world.options];
  expect(JSON.parse((await millraceOk(request)).stdout)).toMatchObject({ sent: before.stale });
  const run = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...world.options]);
  const counts = { read: before.stale, processed: before.stale, failed: 0, completed: before.wouldComplete };
  expect(summaryOf(run)).toMatchObject(counts);

  const after = await driftOf(world, '--course', course, '--out', out);
  expect(after).toMatchObject({ stale: 0, wouldComplete: 0, agree: before.agree + before.stale });
  expect(linesOf(out)).toEqual([]);
}

/** A slow scan is killed when it has written down how far it came; run again it ends as if it had not been killed. */
export async function checkResume(world: World, folder: string, users: number): Promise<void> {
  const dataset = await sampleWithoutRequests(folder, users);
  const { course } = largestCourse(dataset);
  await millraceOk(['load', 'reconciliation', '--dataset', dataset, ...world.options]);
  const [calm, stormy] = [join(folder, 'calm.jsonl'), join(folder, 'stormy.jsonl')];
  const expected = await driftOf(world, '--course', course, '--out', calm);

  const slow = ['drift', 'reconciliation', '--course', course, '--out', stormy, '--rate', '100', ...world.options];
  const { child, ended } = startMillrace(slow);
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!isOver && !existsSync(`${stormy}.resume`)) await sleep(20);
  child.kill('SIGKILL');
  expect((await ended).signal).toBe('SIGKILL');
  const written = readFileSync(stormy, 'utf8');
  expect(written.length).toBeLessThan(readFileSync(calm, 'utf8').length);

  const args = ['drift', 'reconciliation', '--format', 'json', '--course', course, '--out', stormy, ...world.options];
  const again = await millraceOk(args);
  expect(again.stderr).toMatch(/going on behind the [\d,]+ rows of the scan that was interrupted/);
  expect(JSON.parse(again.stdout)).toEqual(expected);
  expect(readFileSync(stormy, 'utf8')).toBe(readFileSync(calm, 'utf8'));
  expect(existsSync(`${stormy}.resume`)).toBe(false);
}
