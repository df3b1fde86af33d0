import { describe, expect, test } from '@jest/globals';
import { sleep } from '../clock.js';
import { ManualClock } from './manual-clock.js';

describe('a manual clock', () => {
  test('stands until it is advanced, and fires timers by time and then by registration', async () => {
    const clock = new ManualClock(1_000);
    const log: string[] = [];
    clock.setTimer(20, () => log.push(`c at ${String(clock.now())}`));
    clock.setTimer(10, () => log.push(`a at ${String(clock.now())}`));
    clock.setTimer(10, () => log.push(`b at ${String(clock.now())}`));
    clock.setTimer(-5, () => log.push(`now at ${String(clock.now())}`));
    expect(clock.now()).toBe(1_000);
    await clock.advance(15);
    expect(log).toEqual(['now at 1000', 'a at 1010', 'b at 1010']);
    await clock.advance(5);
    expect(log).toHaveLength(4);
    expect(clock.now()).toBe(1_020);
  });

  test('fires what timers set inside the time that passes, promises between them included', async () => {
    const clock = new ManualClock();
    const log: number[] = [];
    const tick = async (): Promise<void> => {
      for (let n = 0; n < 3; n += 1) {
        await sleep(clock, 10);
        log.push(clock.now());
      }
    };
    const ticking = tick();
    await clock.advance(100);
    expect(log).toEqual([10, 20, 30]);
    await ticking;
  });

  test('forgets a timer that was cancelled, in time or late', async () => {
    const clock = new ManualClock();
    let fired = 0;
    const cancel = clock.setTimer(10, () => (fired += 1));
    expect(clock.pendingTimers).toBe(1);
    cancel();
    cancel();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(20);
    expect(fired).toBe(0);
  });

  test('moves the wall clock without the durations', () => {
    const clock = new ManualClock(100);
    clock.setWallClock(50);
    expect([clock.now(), clock.monotonic()]).toEqual([50, 100]);
  });
});

describe('sleep', () => {
  test('is rejected with the reason of the signal, at once where it has aborted, and leaves no timer', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 1_000, controller.signal);
    controller.abort(new Error('woken'));
    await expect(sleeping).rejects.toThrow('woken');
    await expect(sleep(clock, 1_000, controller.signal)).rejects.toThrow('woken');
    expect(clock.pendingTimers).toBe(0);
  });
});
