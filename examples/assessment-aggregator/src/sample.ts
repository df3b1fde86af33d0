import { seededRandom, writeDataset } from '@millrace/reconciliation/parts';
import type { SampleOptions } from '@millrace/runner';

const MINUTE_MS = 60_000;
/** 2026-03-02, a Monday, 04:30 UTC. */
const BEGIN = Date.UTC(2026, 2, 2, 4, 30);
const QUESTIONS = 5;

/**
 * Writes a data set: learners who try the two tests of a course once or more, some attempts sent a second time with an
 * earlier state, one for a content that is not of its course and one that is broken; and the leaf nodes of all courses
 * but the last.
 */
export async function writeSample({ out, users = 200, courses = 5, seed = 7, progress }: SampleOptions): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number): number => random.between(0, limit - 1);
  const requests: { readonly key: string; readonly value: string; readonly timestamp: number }[] = [];
  const send = (event: { readonly userId: string; readonly [field: string]: unknown }): void => {
    requests.push({ key: event.userId, value: JSON.stringify(event), timestamp: BEGIN + requests.length });
  };
  const tests = (course: number): readonly [string, string] => [
    `do_test_${String(course)}_1`,
    `do_test_${String(course)}_2`,
  ];
  for (let user = 0; user < users; user += 1) {
    const course = below(courses);
    const attempts = 1 + below(3);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const at = BEGIN + (user * 3 + attempt * 60) * MINUTE_MS;
      const events = Array.from({ length: QUESTIONS }, (_, index) => answer(index, at + index * 1_000, below(3) > 0));
      const whole = {
        ...{
          assessmentTs: at + MINUTE_MS,
          batchId: `batch-${String(course)}`,
          courseId: `do_course_${String(course)}`,
        },
        ...{ userId: `learner-${String(user)}`, attemptId: `attempt-${String(user)}-${String(attempt)}` },
        ...{ contentId: random.pick(tests(course)), events },
      };
      send(whole);
      // Sent late: what the learner had answered a while before.
      if (below(10) === 0) send({ ...whole, assessmentTs: at, events: events.slice(0, 2) });
    }
    progress(user + 1, users, 'learners');
  }
  const strange = { assessmentTs: BEGIN, batchId: 'batch-0', courseId: 'do_course_0', userId: 'learner-0' };
  send({ ...strange, ...{ attemptId: 'attempt-x', contentId: 'do_elsewhere', events: [] } });
  send({ userId: 'learner-0' });
  const relations = Array.from({ length: courses - 1 }, (_, course) => {
    const id = `do_course_${String(course)}`;
    return { key: `${id}:${id}:leafnodes`, members: tests(course) };
  });
  await writeDataset(out, { requests, relations });
}

function answer(index: number, ets: number, isRight: boolean): object {
  const item = { id: `question-${String(index)}`, maxscore: 1, type: 'mcq', params: [], title: 'Which?', desc: '' };
  const given = { pass: isRight ? 'Yes' : 'No', score: isRight ? 1 : 0, resvalues: [{ '1': 'this' }], duration: 4 };
  return { eid: 'ASSESS', ets, ver: '3.1', edata: { item, index: index + 1, ...given } };
}
