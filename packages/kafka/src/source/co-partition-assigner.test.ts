import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { coPartitions } from './co-partition-assigner.js';

test('partition n of all topics goes to one member, every partition to exactly one, evenly', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 }),
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 20 }),
      (members, topics, count) => {
        const partitions = Array.from({ length: count }, (_, n) => n);
        // The brokers give them in any order.
        const assigned = coPartitions(members, new Map(topics.map((topic) => [topic, [...partitions].reverse()])));
        expect([...assigned.keys()].sort()).toEqual([...members].sort());
        const perMember = [...assigned.values()].map((assignment) => {
          const lists = topics.map((topic) => assignment[topic] ?? []);
          for (const list of lists) expect(list).toEqual(lists[0]);
          return lists[0] ?? [];
        });
        expect(perMember.flat().sort((a, b) => a - b)).toEqual(partitions);
        const sizes = perMember.map((list) => list.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('a topic that has more partitions than the others already does not part those that belong together', () => {
  const assigned = coPartitions(['b', 'a'], new Map([['x', [0, 1, 2, 3]], ['y', [1, 0]]])); // prettier-ignore
  expect(Object.fromEntries(assigned)).toEqual({ a: { x: [0, 2], y: [0] }, b: { x: [1, 3], y: [1] } });
});
