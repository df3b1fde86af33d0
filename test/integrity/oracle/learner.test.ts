import { describe, expect, test } from '@jest/globals';
import { Cast } from './learner.js';
import { sequenceOf, requestsOf } from './requests.js';
import { aggregatesAfter, enrolmentAfter, isComplete } from './tables.js';

describe('the learners of the integrity rows', () => {
  test('who completes: every content done, optional ones do not count', () => {
    const learner = new Cast('c').learner(0);
    const leaves = [0, 1, 2, 3].map((n) => `c-course-0-leaf-${String(n)}`);
    expect(learner).toMatchObject({ kind: 'completes', courseid: 'c-course-0', completesLater: false });
    expect(enrolmentAfter(learner, 77)).toEqual({
      ...{ status: 2, completedon: 77, progress: 3, active: true },
      contentstatus: { ...Object.fromEntries(leaves.map((leaf) => [leaf, 2])), 'c-elsewhere': 2 },
    });
    expect(aggregatesAfter(learner)).toEqual({
      'c-course-0': { completedCount: 3, 'score:assessment': 2.5 },
      'c-course-0-unit-a': { completedCount: 2 },
      'c-course-0-unit-b': { completedCount: 1 },
    });
  });

  test('who makes progress is not complete, and is when the courses are completed', () => {
    const cast = new Cast('c');
    const before = cast.learner(13);
    expect([before.kind, isComplete(before)]).toEqual(['progresses', false]);
    expect(enrolmentAfter(before, 77)).toMatchObject({ status: 1, completedon: null, progress: 2 });
    cast.completeFrom = 10;
    const after = cast.learner(13);
    expect([after.completesLater, isComplete(after)]).toEqual([true, true]);
  });

  test('a request says its place in the feed, also where it cannot be parsed', () => {
    const cast = new Cast('c');
    const thrice = requestsOf(cast.learner(5), 40);
    expect(thrice.map(({ sequence, value }) => [sequence, sequenceOf(value)])).toEqual([40, 41, 42].map((n) => [n, n]));
    const [unparseable] = requestsOf(cast.learner(1), 7);
    expect(() => JSON.parse(unparseable!.value) as unknown).toThrow();
    expect(sequenceOf(unparseable!.value)).toBe(7);
    expect(sequenceOf('{}')).toBeUndefined();
  });
});
