import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyedGate } from './keyed-gate.js';
import { Permits } from './permits.js';

interface Admission {
  readonly key: string;
  readonly elements: readonly number[];
}

function gateOf(
  capacity: number,
  together: boolean,
): { gate: KeyedGate<string, number>; inside: Admission[]; all: Admission[]; permits: Permits } {
  const permits = new Permits(capacity);
  const inside: Admission[] = [];
  const all: Admission[] = [];
  const gate = new KeyedGate<string, number>(permits, together, (key, elements) => {
    inside.push({ key, elements });
    all.push({ key, elements });
  });
  return { gate, inside, all, permits };
}

describe('a keyed gate', () => {
  test.each([true, false])(
    'keeps one of a key inside, order per key, the capacity, and loses nothing (together: %p)',
    (together) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 4 }),
          fc.array(
            fc.oneof(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e') }), fc.record({ leave: fc.nat() })),
          ),
          (capacity, steps) => {
            const { gate, inside, all } = gateOf(capacity, together);
            const sent = new Map<string, number[]>();
            const leaveAt = (index: number): void => {
              const [left] = inside.splice(index, 1);
              if (left !== undefined) gate.leave(left.key);
            };
            steps.forEach((step, n) => {
              if ('key' in step) {
                sent.set(step.key, [...(sent.get(step.key) ?? []), n]);
                gate.arrive(step.key, n);
              } else if (inside.length > 0) {
                leaveAt(step.leave % inside.length);
              }
              expect(inside.length).toBeLessThanOrEqual(capacity);
              expect(new Set(inside.map(({ key }) => key)).size).toBe(inside.length);
            });
            while (inside.length > 0) leaveAt(0);
            for (const [key, elements] of sent) {
              expect(all.filter((each) => each.key === key).flatMap((each) => each.elements)).toEqual(elements);
            }
            if (!together) expect(all.every(({ elements }) => elements.length === 1)).toBe(true);
            expect(gate.size).toBe(0);
          },
        ),
      );
    },
  );

  test('takes along what came while the key was inside or stood in line', () => {
    const { gate, all } = gateOf(1, true);
    gate.arrive('a', 1);
    gate.arrive('b', 2);
    gate.arrive('b', 3);
    gate.arrive('a', 4);
    gate.arrive('a', 5);
    gate.leave('a');
    gate.leave('b');
    expect(all).toEqual([
      { key: 'a', elements: [1] },
      { key: 'b', elements: [2, 3] },
      { key: 'a', elements: [4, 5] },
    ]);
  });

  test('names what is inside, not what waits or has left', () => {
    const { gate } = gateOf(2, false);
    for (const [key, element] of [
      ['a', 1],
      ['a', 2],
      ['b', 3],
      ['c', 4],
    ] as const) {
      gate.arrive(key, element);
    }
    expect(gate.inside).toEqual([1, 3]);
    gate.leave('a');
    expect(gate.inside.sort()).toEqual([3, 4]);
  });

  test('does not let a busy key starve the others', () => {
    const { gate, all } = gateOf(1, false);
    for (let n = 0; n < 3; n += 1) gate.arrive('busy', n);
    gate.arrive('other', 9);
    for (let n = 0; n < 3; n += 1) gate.leave(all.at(-1)?.key ?? '');
    expect(all.map(({ key }) => key)).toEqual(['busy', 'other', 'busy', 'busy']);
  });

  test('that is closed gives its places back, lets nobody in and ignores who leaves', () => {
    const permits = new Permits(2);
    const admitted: string[] = [];
    const one = new KeyedGate<string, number>(permits, false, (key) => admitted.push(`one ${key}`));
    const two = new KeyedGate<string, number>(permits, false, (key) => admitted.push(`two ${key}`));
    for (const key of ['a', 'b', 'c']) one.arrive(key, 1);
    for (const key of ['a', 'b', 'c']) two.arrive(key, 1);
    expect(admitted).toEqual(['one a', 'one b']);
    one.close();
    one.close();
    one.leave('a');
    expect(admitted).toEqual(['one a', 'one b', 'two a', 'two b']);
    expect(permits.taken).toBe(2);
  });

  test('says when a key leaves that is not inside', () => {
    const { gate } = gateOf(1, false);
    expect(() => gate.leave('a')).toThrow('not inside');
  });

  test('passes 100,000 elements of one key that leave at once, without growing the stack', () => {
    const permits = new Permits(1);
    let passed = 0;
    const gate: KeyedGate<string, number> = new KeyedGate<string, number>(permits, false, (key) => {
      passed += 1;
      gate.leave(key);
    });
    permits.wait({ offer: () => true });
    for (let n = 0; n < 100_000; n += 1) gate.arrive('a', n);
    permits.give();
    expect({ passed, size: gate.size, taken: permits.taken }).toEqual({ passed: 100_000, size: 0, taken: 0 });
  });
});
