import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startPosition } from './start-position.js';

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
    ['deleted by retention', 9, undefined, 'earliest', { position: 10, outOfRange: 9, commit: false }],
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
