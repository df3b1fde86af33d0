import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = process.cwd();
const place = mkdtempSync(join(tmpdir(), 'millrace-assessments-test-'));
const job = join(root, 'examples', 'assessment-aggregator');
const store = join(place, 'store');

function millrace(...args: readonly string[]): string {
  const bin = join(root, 'packages', 'runner', 'bin', 'millrace.mjs');
  return execFileSync(process.execPath, [bin, ...args, '--log-level', 'warn'], { encoding: 'utf8' });
}

interface Event {
  readonly assessmentTs: number;
  readonly userId: string;
  readonly courseId: string;
  readonly batchId: string;
  readonly contentId: string;
  readonly attemptId: string;
  readonly events: readonly { readonly edata: { readonly score: number } }[];
}

interface AggregateRow {
  readonly user_id: string;
  readonly activity_id: string;
  readonly aggregates: Readonly<Record<string, number>>;
  readonly agg_details: readonly string[];
}

const lines = <T>(file: string): T[] =>
  readFileSync(join(place, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** A row that the reconciliation job wrote before. */
const progressRow = (user_id: string, activity_id: string, batch: string): string => {
  const key = { activity_type: 'Course', activity_id, user_id, context_id: `cb:${batch}` };
  return `${JSON.stringify({ ...key, aggregates: { completedCount: 3 }, agg_last_updated: { completedCount: 5 } })}\n`;
};

let events: Event[];
let summary: Record<string, number>;
beforeAll(() => {
  millrace('sample', job, '--out', join(place, 'data'), '--users', '60');
  events = lines<{ value: string }>('data/requests.jsonl')
    .map(({ value }) => JSON.parse(value) as Event)
    .slice(0, -2);
  const { userId, courseId, batchId } = events[0]!;
  const before = progressRow(userId, courseId, batchId) + progressRow('nobody', 'do_course_0', 'batch-0');
  writeFileSync(join(place, 'data', 'aggregates.jsonl'), before);
  millrace('load', job, '--dataset', join(place, 'data'), '--embedded', store);
  const run = ['run', job, '--embedded', store, '--until-drained', '--summary', 'json'];
  summary = JSON.parse(millrace(...run)) as Record<string, number>;
  millrace('dump', job, '--embedded', store, '--out', join(place, 'out'));
}, 120_000);
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

/** The latest state of each attempt of a learner, by attempt. */
function attemptsOf(userId: string): Event[] {
  const latest = new Map<string, Event>();
  for (const event of events.filter((each) => each.userId === userId)) {
    if (event.assessmentTs > (latest.get(event.attemptId)?.assessmentTs ?? 0)) latest.set(event.attemptId, event);
  }
  return [...latest.values()];
}
const scoreOf = ({ events: answers }: Event): number => answers.reduce((sum, { edata }) => sum + edata.score, 0);

describe('on the embedded default', () => {
  test('every assessment is settled; what cannot be used is in the failed topic', () => {
    const { read, processed, skipped, failed, certificates } = summary;
    expect({ read, failed }).toEqual({ read: events.length + 2, failed: 2 });
    expect(processed! + skipped!).toBe(events.length);
    expect(skipped).toBeGreaterThan(0);
    expect(lines('out/certificates.jsonl')).toHaveLength(certificates!);
    const reasons = lines<{ value: string }>('out/failed.jsonl').map(
      ({ value }) => (JSON.parse(value) as { failInfo: { error: string } }).failInfo.error,
    );
    expect(reasons.sort()).toEqual([
      expect.stringMatching(/^assessmentTs/),
      expect.stringMatching(/^do_elsewhere is no content/),
    ]);
  });

  test('there is a row for each attempt, with its latest state', () => {
    const rows = lines<{ user_id: string; attempt_id: string; total_score: number }>('out/attempts.jsonl');
    const users = [...new Set(events.map(({ userId }) => userId))];
    const expected = users.flatMap((userId) =>
      attemptsOf(userId).map((event) => [userId, event.attemptId, scoreOf(event)]),
    );
    expect(rows.map((row) => [row.user_id, row.attempt_id, row.total_score]).sort()).toEqual(expected.sort());
  });

  test('the aggregates are those of a naive model', () => {
    const rows = lines<AggregateRow>('out/aggregates.jsonl').filter(({ user_id: id }) => id !== 'nobody');
    expect(rows).toHaveLength(60);
    for (const { user_id: userId, aggregates, agg_details: details } of rows) {
      const attempts = attemptsOf(userId);
      expect(details).toHaveLength(attempts.length);
      for (const contentId of new Set(attempts.map((attempt) => attempt.contentId))) {
        const own = attempts.filter((attempt) => attempt.contentId === contentId);
        expect(aggregates[`score:${contentId}`]).toBe(Math.max(...own.map(scoreOf)));
        expect(aggregates[`max_score:${contentId}`]).toBe(5);
        expect(aggregates[`attempts_count:${contentId}`]).toBe(own.length);
      }
    }
  });

  test('they are in the rows of the reconciliation job, whose count stays', () => {
    const rows = lines<AggregateRow>('out/aggregates.jsonl');
    const shared = rows.find(({ user_id: id }) => id === events[0]!.userId);
    expect(shared?.aggregates).toMatchObject({
      completedCount: 3,
      [`score:${events[0]!.contentId}`]: expect.any(Number),
    });
    expect(rows.find(({ user_id: id }) => id === 'nobody')?.aggregates).toEqual({ completedCount: 3 });
  });
});
