import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { completedCount, isComplete, required, statusByContent } from './formulas.js';

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__', 'constructor', '');
const idSet = fc.uniqueArray(id).map((ids) => new Set(ids));
const sets = fc.record({ leafNodes: idSet, optionalNodes: idSet });
const status = fc.constantFrom(0, 1, 2, 3, -1, null);
const rows = fc
  .uniqueArray(fc.record({ contentId: id, status }), { selector: (row) => row.contentId })
  .map((all) => all);

describe('statusByContent', () => {
  test('has every row once; null counts as 1', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const map = statusByContent(all);
        expect(map.size).toBe(all.length);
        for (const row of all) expect(map.get(row.contentId)).toBe(row.status ?? 1);
      }),
    );
  });
});

describe('required', () => {
  test('is the leaf nodes without the optional ones', () => {
    fc.assert(
      fc.property(sets, id, (of, each) => {
        expect(required(of).has(each)).toBe(of.leafNodes.has(each) && !of.optionalNodes.has(each));
      }),
    );
  });
});

describe('completedCount', () => {
  test('is the size of the intersection with what has status 2', () => {
    fc.assert(
      fc.property(idSet, rows, (nodes, all) => {
        const done = all.filter((row) => row.status === 2 && nodes.has(row.contentId));
        expect(completedCount(nodes, statusByContent(all))).toBe(done.length);
      }),
    );
  });
});

describe('isComplete', () => {
  const course = (leafNodes: string[], optionalNodes: string[] = []) => ({
    leafNodes: new Set(leafNodes),
    optionalNodes: new Set(optionalNodes),
  });
  const done = (...ids: string[]) => new Map(ids.map((each) => [each, 2]));

  test('every required leaf node has status 2; optional and foreign ones do not matter', () => {
    expect(isComplete(course(['a', 'b']), done('a', 'b'))).toBe(true);
    expect(isComplete(course(['a', 'b']), done('a', 'x', 'y'))).toBe(false);
    expect(isComplete(course(['a', 'b'], ['b']), done('a'))).toBe(true);
    expect(isComplete(course(['a', 'b'], ['b']), done('b'))).toBe(false);
    expect(isComplete(course(['a']), new Map([['a', 1]]))).toBe(false);
    expect(isComplete(course(['a']), new Map([['a', 3]]))).toBe(false);
  });

  test('where all is optional, one completed leaf node is enough and none is not', () => {
    expect(isComplete(course(['a', 'b'], ['a', 'b']), done('b'))).toBe(true);
    expect(isComplete(course(['a', 'b'], ['a', 'b']), done('x'))).toBe(false);
    expect(isComplete(course(['a'], ['a']), new Map([['a', 1]]))).toBe(false);
  });

  test('an optional unit in the set changes nothing for its leaves', () => {
    expect(isComplete(course(['a', 'b'], ['unit-of-b']), done('a'))).toBe(false);
  });

  test('completing one more content never makes a complete enrolment incomplete', () => {
    fc.assert(
      fc.property(sets, rows, id, (of, all, more) => {
        const before = statusByContent(all);
        const after = new Map(before).set(more, 2);
        if (isComplete(of, before)) expect(isComplete(of, after)).toBe(true);
      }),
    );
  });

  test('nobody is complete without a completed leaf node', () => {
    fc.assert(
      fc.property(sets, rows, (of, all) => {
        const statuses = statusByContent(all.filter((row) => row.status !== 2 || !of.leafNodes.has(row.contentId)));
        expect(isComplete(of, statuses)).toBe(false);
      }),
    );
  });
});
