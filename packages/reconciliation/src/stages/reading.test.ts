import { describe, expect, test } from '@jest/globals';
import { InMemoryMetrics } from '@millrace/core';
import { createWriteClock } from '../domain/write-clock.js';
import { classify, FakeStores, Outage } from '../test-support/fake-stores.js';
import { CourseStructures } from './course-structures.js';
import { read } from './reading.js';
import { CountedRelations } from './relation-counts.js';

const key = { userId: 'U', courseId: 'C', batchId: 'B' };

function open() {
  const stores = new FakeStores().course('C', { u1: ['a', 'b'], u2: ['c'] });
  let now = 1_000;
  const clock = createWriteClock(() => (now += 1));
  const writeClock = {
    next: (after: bigint) => {
      stores.calls.push('timestamp');
      return clock.next(after);
    },
  };
  const relations = new CountedRelations(stores.relations);
  const metrics = new InMemoryMetrics();
  relations.open(metrics);
  const structures = new CourseStructures(relations, classify, (sets) => {
    relations.had(sets);
  });
  const sources = { structures, consumption: stores.consumption, writeClock };
  const course = { leafNodes: new Set(['a', 'b', 'c']), optionalNodes: new Set<string>() };
  return { stores, metrics, readAll: (units = true, after = 0n) => read(key, course, units, after, sources) };
}

describe('reading for a recompute', () => {
  test('the structure first, then the timestamp, the consumption last and once', async () => {
    const { stores, readAll } = open();
    stores.consume(key, { a: 2 });
    const { structure, rows } = await readAll();
    expect(stores.calls).toEqual([
      'relations.ancestors a b c',
      'relations.sets u1 u2',
      'timestamp',
      'consumption.read',
    ]);
    expect(rows).toEqual([{ contentId: 'a', status: 2 }]);
    expect(structure.ancestors.get('a')).toEqual(new Set(['C', 'u1']));
    expect(structure.units.get('u1')?.leafNodes).toEqual(new Set(['a', 'b']));
  });

  test('a content outside the course: its ancestors are asked for and the rows are read again', async () => {
    const { stores, readAll } = open();
    stores.consume(key, { x: 1 });
    stores.above.set('["C","x"]', ['C', 'old', 'u1']);
    stores.leafNodes.set('["C","old"]', ['x']);
    stores.before = (call) => {
      if (call === 'relations.ancestors x') stores.consume(key, { x: 2 });
    };
    const { structure, rows, aggregatesAt } = await readAll();
    expect(stores.calls.slice(2)).toEqual([
      'timestamp',
      'consumption.read',
      'relations.ancestors x',
      'relations.sets old',
      'timestamp',
      'consumption.read',
    ]);
    expect(rows).toEqual([{ contentId: 'x', status: 2 }]);
    expect(aggregatesAt).toBe(1_002_000n);
    expect(structure.units.get('old')?.leafNodes).toEqual(new Set(['x']));
  });

  test('without aggregates of units the relation cache is not asked', async () => {
    const { stores, readAll } = open();
    stores.consume(key, { a: 2, x: 2 });
    await readAll(false);
    expect(stores.calls).toEqual(['timestamp', 'consumption.read']);
  });

  test('one timestamp serves both tables; a row written under a later one gets its own', async () => {
    const { readAll } = open();
    const usual = await readAll(true, 5n);
    expect(usual.readAt).toBe(usual.aggregatesAt);
    const late = await readAll(true, 9_999_999n);
    expect(late.readAt).toBe(10_000_000n);
    expect(late.aggregatesAt).toBeLessThan(9_999_999n);
  });

  test('what lies below a course is read once for all requests that work with the same sets, and counted for each', async () => {
    const { stores, metrics, readAll } = open();
    stores.consume(key, { a: 2 });
    await Promise.all([readAll(), readAll()]);
    const later = await readAll();
    expect(stores.calls.filter((call) => call.startsWith('relations'))).toEqual([
      'relations.ancestors a b c',
      'relations.sets u1 u2',
    ]);
    expect(later.structure.units.get('u1')?.leafNodes).toEqual(new Set(['a', 'b']));
    expect(metrics.total('cache-hit-count')).toBe(15);
    expect(metrics.total('cache-miss-count')).toBe(0);
  });

  test.each(['ancestors', 'leaf nodes of a unit'])('%s that are missing are read anew each time', async (what) => {
    const { stores, readAll } = open();
    stores.consume(key, { a: 2 });
    const sets = what === 'ancestors' ? stores.above : stores.leafNodes;
    const id = what === 'ancestors' ? '["C","a"]' : '["C","u1"]';
    const members = sets.get(id) ?? [];
    sets.delete(id);
    expect((await readAll()).structure.units.get('u1')?.leafNodes.size ?? 0).toBe(what === 'ancestors' ? 2 : 0);
    sets.set(id, members);
    const { structure } = await readAll();
    expect(structure.ancestors.get('a')).toEqual(new Set(['C', 'u1']));
    expect(structure.units.get('u1')?.leafNodes).toEqual(new Set(['a', 'b']));
  });

  test('a set that cannot be read fails those only whose contents lead to it', async () => {
    const { stores, readAll } = open();
    stores.before = (call) => {
      if (/ancestors.*\bc\b/.test(call)) throw new TypeError('WRONGTYPE');
    };
    stores.consume(key, { a: 2 });
    expect((await readAll()).structure.units.has('u1')).toBe(true);
    stores.consume(key, { c: 2 });
    await expect(readAll()).rejects.toThrow('WRONGTYPE');
  });

  test('an outage is no reason to go on without', async () => {
    const { stores, readAll } = open();
    stores.before = () => {
      throw new Outage('down');
    };
    await expect(readAll()).rejects.toBeInstanceOf(Outage);
    expect(stores.calls).toEqual(['relations.ancestors a b c']);
  });
});
