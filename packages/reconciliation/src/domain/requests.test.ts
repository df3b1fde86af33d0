import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { request } from '../test-support/records.js';
import { coalesce, keyText } from './requests.js';

describe('requests', () => {
  test('two enrolments never share a key, whatever their ids contain', () => {
    // Few characters, the likely separators among them: joined texts collide often.
    const id = fc.string({ unit: fc.constantFrom('a', '_', ',', '"', '\\'), maxLength: 3 });
    const key = fc.record({ userId: id, courseId: id, batchId: id });
    fc.assert(
      fc.property(key, key, (one, other) => {
        const same = one.userId === other.userId && one.courseId === other.courseId && one.batchId === other.batchId;
        expect(keyText(one) === keyText(other)).toBe(same);
      }),
      {
        numRuns: 2_000,
        examples: [
          [
            { userId: 'a_b', courseId: 'c', batchId: 'd' },
            { userId: 'a', courseId: 'b_c', batchId: 'd' },
          ],
        ],
      },
    );
  });

  test('a group has the ids of its requests and their order', () => {
    const requests = [request(9, 1), request(3, 2)] as const;
    expect(coalesce(requests)).toEqual({ userId: 'U', courseId: 'C', batchId: 'B', requests });
  });
});
