import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Deque } from './deque.js';

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('push' as const), item: fc.option(fc.integer(), { nil: undefined }) }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('shift' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('drain' as const) }) },
);

describe('a deque', () => {
  test('does what an array does, for any sequence of calls', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 400 }), (commands) => {
        const deque = new Deque<number | undefined>();
        let array: (number | undefined)[] = [];
        for (const each of commands) {
          if (each.op === 'push') {
            deque.push(each.item);
            array.push(each.item);
          } else if (each.op === 'shift') {
            expect(deque.shift()).toBe(array.shift());
          } else {
            expect(deque.drain()).toEqual(array);
            array = [];
          }
          expect(deque.length).toBe(array.length);
          expect(deque.peek()).toBe(array[0]);
        }
        expect(deque.drain()).toEqual(array);
      }),
    );
  });

  test('keeps its order over the moves that give space back', () => {
    const deque = new Deque<number>();
    const out: number[] = [];
    for (let n = 0; n < 1_000; n += 1) {
      deque.push(2 * n);
      deque.push(2 * n + 1);
      out.push(deque.shift() as number);
    }
    expect([...out, ...deque.drain()]).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
  });
});
