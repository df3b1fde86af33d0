import { describe, expect, test } from '@jest/globals';
import { Permits } from './permits.js';

describe('permits', () => {
  test.each([0, -1, 1.5, Number.NaN, Infinity])('refuse a capacity of %p', (capacity) => {
    expect(() => new Permits(capacity)).toThrow(RangeError);
  });

  test('are offered in the order of standing in line', () => {
    const permits = new Permits(2);
    const taken: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      permits.wait({
        offer: () => {
          taken.push(name);
          return true;
        },
      });
    }
    expect(taken).toEqual(['a', 'b']);
    permits.give();
    expect(taken).toEqual(['a', 'b', 'c']);
    expect(permits.taken).toBe(2);
  });

  test('that are not used go to the next in line', () => {
    const permits = new Permits(1);
    const taken: string[] = [];
    permits.wait({ offer: () => true });
    permits.wait({
      offer: () => {
        taken.push('gone');
        return false;
      },
    });
    permits.wait({
      offer: () => {
        taken.push('here');
        return true;
      },
    });
    permits.give();
    expect(taken).toEqual(['gone', 'here']);
    expect(permits.taken).toBe(1);
  });

  test('given back inside an offer are used after it, not inside it', () => {
    const permits = new Permits(1);
    const log: string[] = [];
    permits.wait({
      offer: () => {
        log.push('a in');
        permits.wait({
          offer: () => {
            log.push('b in');
            return true;
          },
        });
        permits.give();
        log.push('a over');
        return true;
      },
    });
    expect(log).toEqual(['a in', 'a over', 'b in']);
    expect(permits.taken).toBe(1);
  });

  test('let 100,000 through that are done at once, without growing the stack', () => {
    const permits = new Permits(1);
    let passed = 0;
    let depth = 0;
    let deepest = 0;
    permits.wait({ offer: () => true });
    for (let n = 0; n < 100_000; n += 1) {
      permits.wait({
        offer: () => {
          depth += 1;
          deepest = Math.max(deepest, depth);
          passed += 1;
          permits.give();
          depth -= 1;
          return true;
        },
      });
    }
    permits.give();
    expect({ passed, deepest, taken: permits.taken }).toEqual({ passed: 100_000, deepest: 1, taken: 0 });
  });

  test('are not lost where an offer throws', () => {
    const permits = new Permits(1);
    expect(() =>
      permits.wait({
        offer: () => {
          throw new Error('broken');
        },
      }),
    ).toThrow('broken');
    expect(permits.taken).toBe(0);
  });
});
