import { describe, expect, jest, test } from '@jest/globals';
import { cureIdleTimer } from './timer-cure.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: unknown;
  checkPendingRequests: () => void;
  scheduleCheckPendingRequests: () => void;
}

/** What the cure requires, made up: a package of `version` with a queue class. */
function library(version: string, members: object = { scheduleCheckPendingRequests: () => 'published' }) {
  const RequestQueue = function () {} as unknown as new () => object;
  Object.assign(RequestQueue.prototype, members);
  const modules: Record<string, unknown> = {
    'kafkajs/package.json': { version },
    'kafkajs/src/network/requestQueue/index.js': RequestQueue,
  };
  const load = ((id: string) => modules[id]) as unknown as NodeJS.Require;
  return { load, queue: (state: object) => Object.assign(new RequestQueue(), state) as Queue };
}

describe('the cure of the idle timer', () => {
  test('replaces the function of the version that it knows, once', () => {
    const { load, queue } = library('2.2.4');
    expect(cureIdleTimer(load)).toEqual({ version: '2.2.4', applied: true });
    const replaced = queue({}).scheduleCheckPendingRequests;
    expect(cureIdleTimer(load).applied).toBe(true);
    expect(queue({}).scheduleCheckPendingRequests).toBe(replaced);
  });

  test('leaves every other version alone, and one that has no such function', () => {
    const { load, queue } = library('2.2.5');
    expect(cureIdleTimer(load)).toEqual({ version: '2.2.5', applied: false });
    const kept: () => unknown = queue({}).scheduleCheckPendingRequests;
    expect(kept()).toBe('published');
    expect(cureIdleTimer(library('2.2.4', {}).load).applied).toBe(false);
  });

  test('arms no timer while nothing waits, and one while something does', () => {
    jest.useFakeTimers({ now: 1_000 });
    try {
      const { load, queue } = library('2.2.4');
      cureIdleTimer(load);
      const check = jest.fn();
      const idle = queue({
        pending: [],
        throttledUntil: -1,
        throttleCheckTimeoutId: null,
        checkPendingRequests: check,
      });
      idle.scheduleCheckPendingRequests();
      expect(jest.getTimerCount()).toBe(0);

      const throttled = queue({ ...idle, pending: [1], throttledUntil: 1_250 });
      throttled.scheduleCheckPendingRequests();
      throttled.scheduleCheckPendingRequests();
      expect(jest.getTimerCount()).toBe(1);
      jest.advanceTimersByTime(249);
      expect(check).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(check).toHaveBeenCalledTimes(1);

      const crowded = queue({ ...idle, pending: [1] });
      crowded.scheduleCheckPendingRequests();
      jest.advanceTimersByTime(10);
      expect(check).toHaveBeenCalledTimes(2);
    } finally {
      jest.useRealTimers();
    }
  });
});
