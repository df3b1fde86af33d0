import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { coPartitions } from './co-partition-assigner.js';

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const membersOf = (processes: readonly string[], ids: readonly string[]) =>
  processes.map((process, n) => ({ process, memberId: ids[n] ?? `m${String(n)}` }));

test('partition n of all topics goes to one member, every partition to exactly one, evenly', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 }),
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 20 }),
      (processes, topics, count) => {
        // The brokers give them in any order.
        const partitions = new Map(topics.map((topic) => [topic, range(count).reverse()]));
        const assigned = coPartitions(membersOf(processes, []), partitions);
        expect(assigned.size).toBe(processes.length);
        const perMember = [...assigned.values()].map((assignment) => {
          const lists = topics.map((topic) => assignment[topic] ?? []);
          for (const list of lists) expect(list).toEqual(lists[0]);
          return lists[0] ?? [];
        });
        expect(perMember.flat().sort((a, b) => a - b)).toEqual(range(count));
        const sizes = perMember.map((list) => list.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('two groups of the same processes give partition n to the same process, whatever their members are called', () => {
  const processes = ['p2', 'p1', 'p3'];
  const processOf = (ids: readonly string[]): Record<number, string> => {
    const members = membersOf(processes, ids);
    const assigned = coPartitions(members, new Map([['x', range(7)]]));
    return Object.fromEntries(
      members.flatMap(({ memberId, process }) => (assigned.get(memberId)?.['x'] ?? []).map((n) => [n, process])),
    );
  };
  expect(processOf(['a', 'b', 'c'])).toEqual(processOf(['z', 'y', 'x']));
});

test('a topic that has more partitions than the others already does not part those that belong together', () => {
  const topics = new Map([['x', range(4)], ['y', [1, 0]]]); // prettier-ignore
  const assigned = coPartitions(membersOf(['q', 'p'], ['b', 'a']), topics);
  expect(Object.fromEntries(assigned)).toEqual({ a: { x: [0, 2], y: [0] }, b: { x: [1, 3], y: [1] } });
});
