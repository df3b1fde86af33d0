import { describe, expect, test } from '@jest/globals';
import { OperatorHarness } from '@millrace/core/testing';
import { coalesce, keyText } from '../domain/requests.js';
import { request } from '../test-support/records.js';

const open = () => OperatorHarness.forAdmit(keyText, { capacity: 2, coalesce, acknowledgeOutputs: false });

describe('key by enrolment', () => {
  test('requests that wait behind one in work become one group, in offset order; what has begun absorbs nothing', async () => {
    const harness = await open();
    for (const offset of [1, 2, 3]) await harness.processElement(request(100 - offset, offset));
    const offsets = () => harness.output().map((group) => group.requests.map((each) => each.record.offset));
    expect(offsets()).toEqual([[1]]);
    await harness.acknowledge();
    expect(offsets()).toEqual([[1], [2, 3]]);
    await harness.processElement(request(1, 4));
    expect(offsets()).toEqual([[1], [2, 3]]);
    await harness.acknowledge();
    expect(offsets()).toEqual([[1], [2, 3], [4]]);
  });

  test('enrolments whose ids look alike when joined do not wait for each other', async () => {
    const harness = await open();
    await harness.processElement(request(1, 1, { userId: 'a_b', courseId: 'c' }));
    await harness.processElement(request(1, 2, { userId: 'a', courseId: 'b_c' }));
    expect(harness.output()).toHaveLength(2);
  });

  test('at most so many enrolments are in work', async () => {
    const harness = await open();
    for (const userId of ['a', 'b', 'c']) await harness.processElement(request(1, 1, { userId }));
    expect(harness.output().map((group) => group.userId)).toEqual(['a', 'b']);
    await harness.acknowledge(1);
    expect(harness.output().map((group) => group.userId)).toEqual(['a', 'b', 'c']);
  });
});
