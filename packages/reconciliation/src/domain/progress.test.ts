import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NodeSets } from './formulas.js';
import { progressOf, unitsAbove } from './progress.js';

const key = { userId: 'U', courseId: 'C', batchId: 'B' };
const sets = (leafNodes: string[], optionalNodes: string[] = []): NodeSets => ({
  leafNodes: new Set(leafNodes),
  optionalNodes: new Set(optionalNodes),
});
const none = { ancestors: new Map<string, ReadonlySet<string>>(), units: new Map<string, NodeSets>() };

describe('progressOf', () => {
  test('without consumption there is nothing to write', () => {
    expect(progressOf(key, { course: sets(['a']), ...none }, [])).toBeUndefined();
  });

  test('counts the course and the units above any consumed content, completed or not', () => {
    const structure = {
      course: sets(['a', 'b', 'c', 'd'], ['d']),
      ancestors: new Map([
        ['a', new Set(['C', 'u1'])],
        ['b', new Set(['C', 'u1', 'u2'])],
        ['c', new Set(['C', 'u3'])],
        ['x', new Set(['foreign'])],
      ]),
      units: new Map([
        ['u1', sets(['a', 'b', 'd'], ['a'])],
        ['u2', sets(['b'])],
        ['u3', sets(['c'])],
        ['foreign', sets(['x', 'y'])],
      ]),
    };
    const rows = [
      { contentId: 'a', status: 2 },
      { contentId: 'b', status: null },
      { contentId: 'd', status: 2 },
      { contentId: 'x', status: 2 },
    ];
    expect(progressOf(key, structure, rows)).toEqual({
      aggregates: [
        { activityId: 'C', userId: 'U', batchId: 'B', completedCount: 1 },
        { activityId: 'u1', userId: 'U', batchId: 'B', completedCount: 1 },
        { activityId: 'u2', userId: 'U', batchId: 'B', completedCount: 0 },
        { activityId: 'foreign', userId: 'U', batchId: 'B', completedCount: 1 },
      ],
      progress: 1,
      contentStatus: new Map([
        ['a', 2],
        ['b', 1],
        ['d', 2],
        ['x', 2],
      ]),
      complete: false,
    });
  });

  test('a unit without leaf nodes gets no row, so that a gap of the writer puts no 0 over a right count', () => {
    const structure = {
      course: sets(['a']),
      ancestors: new Map([['a', new Set(['empty', 'unknown', 'u'])]]),
      units: new Map([
        ['empty', sets([], ['a'])],
        ['u', sets(['a'])],
      ]),
    };
    const progress = progressOf(key, structure, [{ contentId: 'a', status: 2 }]);
    expect(progress?.aggregates.map((update) => update.activityId)).toEqual(['C', 'u']);
  });

  test('contents outside the course are in contentStatus and do not count', () => {
    const progress = progressOf(key, { course: sets(['a']), ...none }, [{ contentId: 'x', status: 2 }]);
    expect(progress).toMatchObject({ progress: 0, complete: false, contentStatus: new Map([['x', 2]]) });
  });
});

describe('unitsAbove', () => {
  test('is every ancestor but the course, each once', () => {
    const ids = fc.uniqueArray(fc.constantFrom('C', 'u1', 'u2', 'u3', '__proto__')).map((each) => new Set(each));
    const above = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), ids)).map((each) => new Map(each));
    fc.assert(
      fc.property(above, (ancestors) => {
        const units = unitsAbove('C', ['a', 'b'], ancestors);
        const expected = new Set([...(ancestors.get('a') ?? []), ...(ancestors.get('b') ?? [])]);
        expected.delete('C');
        expect(units).toHaveLength(expected.size);
        expect(new Set(units)).toEqual(expected);
      }),
    );
  });
});
