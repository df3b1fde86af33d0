import { beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '@millrace/core/testing';
import { Heartbeat } from './heartbeat.js';

describe('heartbeats while handlers wait', () => {
  let clock: ManualClock;
  let beats: number;
  let stalls: string[];
  let heartbeat: Heartbeat;
  beforeEach(() => {
    clock = new ManualClock();
    beats = 0;
    stalls = [];
    heartbeat = new Heartbeat({
      clock,
      intervalMs: 1_000,
      stallTimeoutMs: 10_000,
      beat: async () => {
        beats++;
      },
      onStall: (line) => stalls.push(line),
    });
  });

  test('none while nobody waits, and no timer', async () => {
    await clock.advance(10_000);
    expect([beats, clock.pendingTimers]).toEqual([0, 0]);
  });

  test('twice an interval while somebody does, however many there are', async () => {
    const [one, other] = [heartbeat.enter('t-0'), heartbeat.enter('t-1')];
    await clock.advance(5_000);
    expect(beats).toBe(10);
    heartbeat.leave(one);
    await clock.advance(1_000);
    expect(beats).toBe(12);
    heartbeat.leave(other);
    await clock.advance(5_000);
    expect([beats, clock.pendingTimers]).toEqual([12, 0]);
  });

  test('they stop when one of them has not got on for too long, and go on with it', async () => {
    const [stuck, busy] = [heartbeat.enter('t-0'), heartbeat.enter('t-1')];
    for (let i = 0; i < 12; i++) {
      await clock.advance(1_000);
      heartbeat.progress(busy);
    }
    expect(beats).toBe(20);
    expect(stalls).toEqual(['t-0 has taken nothing for 11 s']);
    expect(heartbeat.stalled).toMatch(/^t-0 has taken nothing for 1\d s$/);
    heartbeat.progress(stuck);
    await clock.advance(1_000);
    expect(beats).toBe(22);
    expect(heartbeat.stalled).toBeUndefined();
  });

  test('one is sent at a time, and a failure does not end them', async () => {
    let open: (() => void) | undefined;
    let sent = 0;
    const slow = new Heartbeat({
      clock,
      intervalMs: 1_000,
      stallTimeoutMs: 60_000,
      beat: () => {
        sent++;
        return new Promise((resolve) => (open = resolve));
      },
      onStall: () => undefined,
    });
    slow.enter('t-0');
    await clock.advance(3_000);
    expect(sent).toBe(1);
    open!();
    await clock.advance(500);
    expect(sent).toBe(2);
  });
});
