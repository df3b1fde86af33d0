import { expect, test } from '@jest/globals';
import { differences } from './differences.js';

const update = {
  progress: 2,
  contentStatus: new Map([
    ['a', 2],
    ['b', 2],
  ]),
};
const completion = { completedon: 1, writtenAt: 1n };

test.each([
  [
    'agrees',
    {
      status: 1,
      progress: 2,
      contentStatus: new Map([
        ['b', 2],
        ['a', 2],
      ]),
    },
    update,
    [],
  ],
  ['completes', { status: 1, progress: 2, contentStatus: update.contentStatus }, { ...update, completion }, ['status']],
  [
    'never computed',
    { status: 0, progress: null, contentStatus: null },
    update,
    ['status', 'progress', 'contentstatus'],
  ],
  [
    'another status of a content',
    {
      status: 1,
      progress: 2,
      contentStatus: new Map([
        ['a', 2],
        ['b', 1],
      ]),
    },
    update,
    ['contentstatus'],
  ],
  [
    'another content',
    {
      status: 1,
      progress: 2,
      contentStatus: new Map([
        ['a', 2],
        ['c', 2],
      ]),
    },
    update,
    ['contentstatus'],
  ],
] as const)('%s', (_name, stored, computed, expected) => {
  expect(differences(stored, computed)).toEqual(expected);
});
