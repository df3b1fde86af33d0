import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beginning, startPosition } from './start-position.js';

const range = { earliest: 10, end: 100 };

describe('where to begin in a partition', () => {
  test.each([
    ["the group's offset", 50, undefined, 'earliest', { position: 50, outOfRange: undefined, commit: false }],
    [
      'the first and the last offset are in the log',
      10,
      undefined,
      'latest',
      { position: 10, outOfRange: undefined, commit: false },
    ],
    ['the end', 100, undefined, 'earliest', { position: 100, outOfRange: undefined, commit: false }],
    ['no offset, earliest', undefined, undefined, 'earliest', { position: 10, outOfRange: undefined, commit: false }],
    [
      'no offset, latest: committed',
      undefined,
      undefined,
      'latest',
      { position: 100, outOfRange: undefined, commit: true },
    ],
    ['deleted by retention: replaced at once', 9, undefined, 'earliest', { position: 10, outOfRange: 9, commit: true }],
    ['beyond the end: replaced at once', 101, undefined, 'earliest', { position: 10, outOfRange: 101, commit: true }],
    ['beyond the end, latest', 101, undefined, 'latest', { position: 100, outOfRange: 101, commit: true }],
    ['a commit that did not get through', 50, 70, 'earliest', { position: 70, outOfRange: undefined, commit: true }],
    [
      'nothing committed, something settled',
      undefined,
      70,
      'latest',
      { position: 70, outOfRange: undefined, commit: true },
    ],
    ['others went further meanwhile', 80, 70, 'earliest', { position: 80, outOfRange: undefined, commit: false }],
  ] as const)('%s', (_name, committed, settled, policy, expected) => {
    expect(startPosition(committed, settled, range, policy)).toEqual(expected);
  });

  test('property: always in the log, and never behind what was settled while that is in the log', () => {
    const offset = fc.option(fc.nat(200), { nil: undefined });
    fc.assert(
      fc.property(
        offset,
        offset,
        fc.nat(100),
        fc.nat(100),
        fc.constantFrom('earliest', 'latest'),
        (committed, settled, earliest, length, policy) => {
          const log = { earliest, end: earliest + length };
          const { position, outOfRange } = startPosition(committed, settled, log, policy);
          expect(position).toBeGreaterThanOrEqual(log.earliest);
          expect(position).toBeLessThanOrEqual(log.end);
          for (const known of [committed, settled]) {
            if (known !== undefined && outOfRange === undefined) expect(position).toBeGreaterThanOrEqual(known);
          }
        },
      ),
    );
  });
});

describe('what was deleted before it was read', () => {
  const from = (committed: number | undefined, restored: number | undefined, policy: 'earliest' | 'latest') =>
    beginning(startPosition(committed, undefined, range, policy), restored, range, policy);

  test.each([
    ['nothing, for a new group', undefined, undefined, { position: 10, missedFrom: undefined }],
    ['nothing, where the offset is in the log', 10, 10, { position: 10, missedFrom: undefined }],
    ["from the group's offset on", 3, 10, { position: 10, missedFrom: 3 }],
    ['not known, where the log was made anew', 300, 10, { position: 10, missedFrom: undefined }],
    ["nothing, where the state is further than the group's offset", 3, 50, { position: 50, missedFrom: undefined }],
    ["from the state's position on", 50, 4, { position: 10, missedFrom: 4 }],
    ["from the state's position on, for a new group", undefined, 4, { position: 10, missedFrom: 4 }],
  ])('%s', (_name, committed, restored, expected) => {
    expect(from(committed, restored, 'earliest')).toEqual(expected);
  });

  test('with `latest` everything up to where reading goes on', () => {
    expect(from(3, 100, 'latest')).toEqual({ position: 100, missedFrom: 3 });
    expect(from(undefined, undefined, 'latest')).toEqual({ position: 100, missedFrom: undefined });
  });
});
