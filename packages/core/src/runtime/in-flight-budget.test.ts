import { expect, test } from '@jest/globals';
import { InFlightBudget } from './in-flight-budget.js';

test('wakes all who wait once, when there is room again', () => {
  const budget = new InFlightBudget(2);
  const woken: string[] = [];
  budget.take();
  budget.take();
  expect(budget.hasRoom).toBe(false);
  budget.whenRoom(() => woken.push('a'));
  budget.whenRoom(() => woken.push('b'));
  budget.give(0);
  expect(woken).toEqual([]);
  budget.give(1);
  budget.give(1);
  expect(woken).toEqual(['a', 'b']);
  expect(budget).toMatchObject({ used: 0, total: 2, hasRoom: true });
});

test('does not wake who does not wait any more', () => {
  const budget = new InFlightBudget(1);
  const wake = (): void => {
    throw new Error('woken');
  };
  budget.take();
  budget.whenRoom(wake);
  budget.forget(wake);
  expect(() => budget.give(1)).not.toThrow();
});
