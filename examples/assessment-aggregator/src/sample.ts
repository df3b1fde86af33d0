import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '@millrace/reconciliation/parts';
import type { SampleOptions } from '@millrace/runner';

const MINUTE_MS = 60_000;
/** 2026-03-02, a Monday, 04:30 UTC. */
const BEGIN = Date.UTC(2026, 2, 2, 4, 30);
const QUESTIONS = 5;

/**
 * Writes `assessments.jsonl`, learners who try the two tests of a course once or more, some attempts sent a second time
 * with an earlier state, one for a content that is not of its course and one that is broken; and `relations.jsonl`, the
 * leaf nodes of all courses but the last.
 */
export async function writeSample({ out, users = 200, courses = 5, seed = 7, progress }: SampleOptions): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number): number => random.between(0, limit - 1);
  const lines: { readonly key: string; readonly value: string }[] = [];
  const tests = (course: number): readonly string[] =>
    [1, 2].map((test) => `do_test_${String(course)}_${String(test)}`);
  for (let user = 0; user < users; user += 1) {
    const userId = `learner-${String(user)}`;
    const course = below(courses);
    const attempts = 1 + below(3);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const at = BEGIN + (user * 3 + attempt * 60) * MINUTE_MS;
      const contentId = tests(course)[below(2)] as string;
      const attemptId = `attempt-${String(user)}-${String(attempt)}`;
      const ids = { ...{ batchId: `batch-${String(course)}`, courseId: `do_course_${String(course)}` }, userId };
      const whole = Array.from({ length: QUESTIONS }, (_, index) => answer(index, at + index * 1_000, below(3) > 0));
      const event = (assessmentTs: number, events: readonly object[]): void => {
        lines.push({ key: userId, value: JSON.stringify({ assessmentTs, ...ids, attemptId, contentId, events }) });
      };
      event(at + MINUTE_MS, whole);
      // Sent late: what the learner had answered a while before.
      if (below(10) === 0) event(at, whole.slice(0, 2));
    }
    progress(user + 1, users, 'learners');
  }
  const strange = { ...{ assessmentTs: BEGIN, batchId: 'batch-0', courseId: 'do_course_0', userId: 'learner-0' } };
  const value = JSON.stringify({ ...strange, attemptId: 'attempt-x', contentId: 'do_elsewhere', events: [] });
  lines.push({ key: 'learner-0', value }, { key: 'learner-0', value: '{"userId":"learner-0"}' });
  const relations = Array.from({ length: courses - 1 }, (_, course) => {
    const id = `do_course_${String(course)}`;
    return { key: `${id}:${id}:leafnodes`, members: tests(course) };
  });
  await mkdir(out, { recursive: true });
  for (const [name, rows] of [['assessments', lines] as const, ['relations', relations] as const]) {
    await writeFile(join(out, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
}

function answer(index: number, ets: number, isRight: boolean): object {
  const item = { id: `question-${String(index)}`, maxscore: 1, type: 'mcq', params: [], title: 'Which?', desc: '' };
  const given = { pass: isRight ? 'Yes' : 'No', score: isRight ? 1 : 0, resvalues: [{ '1': 'this' }], duration: 4 };
  return { eid: 'ASSESS', ets, ver: '3.1', edata: { item, index: index + 1, ...given } };
}
