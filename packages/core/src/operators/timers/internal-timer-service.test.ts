import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@millrace/core/testing';
import { FakeTimerHost } from '../../test-support/fake-timer-host.js';
import type { StoredTimers } from '../../test-support/fake-timer-host.js';
import { MAX_WATERMARK, MIN_WATERMARK } from '../../time/watermark.js';
import { InternalTimerService } from './internal-timer-service.js';
import type { Timer } from './timer.js';

interface Fixture {
  readonly host: FakeTimerHost;
  readonly service: InternalTimerService;
  /** `domain key@time`, with the namespace where there is one, in the order of firing. */
  readonly fired: string[];
  /** Called in each callback. */
  then: (domain: 'E' | 'P', timer: Timer) => void;
  /** Registers for a key, as while an element of it is in hand. */
  register(domain: 'E' | 'P', key: string | number, timestamp: number, namespace?: string): void;
}

function open(clock = new ManualClock(), stored: StoredTimers = new Map()): Fixture {
  const host = new FakeTimerHost(clock, stored);
  const fired: string[] = [];
  const callback =
    (domain: 'E' | 'P') =>
    (timer: Timer): void => {
      const where = timer.namespace === '' ? '' : `/${timer.namespace}`;
      fired.push(`${domain} ${String(timer.key)}@${String(timer.timestamp)}${where}`);
      expect(host.state.currentKey).toBe(timer.key);
      expect(host.state.namespace).toBe(timer.namespace);
      fixture.then(domain, timer);
    };
  const service = new InternalTimerService({
    host,
    onEventTime: callback('E'),
    onProcessingTime: callback('P'),
  });
  const fixture: Fixture = {
    host,
    service,
    fired,
    then: () => {},
    register(domain, key, timestamp, namespace = '') {
      host.state.setCurrentKey(key);
      if (domain === 'E') service.registerEventTimeTimer(namespace, timestamp);
      else service.registerProcessingTimeTimer(namespace, timestamp);
    },
  };
  service.open();
  return fixture;
}

describe('flink 1.3 timers: at most one timer per key, timestamp, domain and namespace', () => {
  test('registering the same again is a no-op, it fires once', async () => {
    const { service, host, fired, register } = open();
    for (let n = 0; n < 3; n += 1) {
      register('E', 'a', 10);
      register('P', 'a', 10);
    }
    expect([service.numEventTimeTimers, service.numProcessingTimeTimers]).toEqual([1, 1]);
    service.advanceWatermark(10);
    await host.clock.advance(10);
    expect(fired).toEqual(['E a@10', 'P a@10']);
  });

  test('another key, time, domain or namespace is another timer', () => {
    const { service, fired, register } = open();
    register('E', 'a', 10);
    register('E', 'b', 10);
    register('E', 'a', 11);
    register('E', 'a', 10, 'w');
    register('E', 1, 10);
    register('E', '1', 10);
    register('P', 'a', 10);
    expect([service.numEventTimeTimers, service.numProcessingTimeTimers]).toEqual([6, 1]);
    service.advanceWatermark(11);
    expect([...fired].sort()).toEqual(['E 1@10', 'E 1@10', 'E a@10', 'E a@10/w', 'E a@11', 'E b@10']);
  });

  test('deleting one that does not exist has no effect', () => {
    const { host, service, fired, register } = open();
    register('E', 'a', 10);
    host.state.setCurrentKey('b');
    service.deleteEventTimeTimer('', 10);
    host.state.setCurrentKey('a');
    service.deleteEventTimeTimer('', 11);
    service.deleteEventTimeTimer('w', 10);
    service.deleteProcessingTimeTimer('', 10);
    service.advanceWatermark(20);
    expect(fired).toEqual(['E a@10']);
  });

  test('a deleted timer does not fire, and can be set again', () => {
    const { service, fired, register } = open();
    register('E', 'a', 10);
    service.deleteEventTimeTimer('', 10);
    service.advanceWatermark(10);
    expect(fired).toEqual([]);
    register('E', 'a', 12);
    service.advanceWatermark(12);
    expect(fired).toEqual(['E a@12']);
  });
});

describe('flink 1.3 timers: firing order', () => {
  test('earliest first, whatever the order of registration', () => {
    const { service, fired, register } = open();
    for (const timestamp of [50, 10, 40, 20, 30]) register('E', 'a', timestamp);
    service.advanceWatermark(40);
    expect(fired).toEqual(['E a@10', 'E a@20', 'E a@30', 'E a@40']);
    service.advanceWatermark(MAX_WATERMARK);
    expect(fired.at(-1)).toBe('E a@50');
  });

  test('the watermark is set before the callbacks of the sweep', () => {
    const fixture = open();
    const seen: number[] = [];
    fixture.then = () => seen.push(fixture.service.currentWatermark());
    expect(fixture.service.currentWatermark()).toBe(MIN_WATERMARK);
    fixture.register('E', 'a', 1);
    fixture.register('E', 'a', 2);
    fixture.service.advanceWatermark(99);
    expect(seen).toEqual([99, 99]);
  });

  test('a timer registered in a callback for a time that has come fires in the same sweep', () => {
    const fixture = open();
    fixture.then = (_, { timestamp }) => {
      if (timestamp < 30) fixture.service.registerEventTimeTimer('', timestamp + 10);
    };
    fixture.register('E', 'a', 10);
    fixture.register('E', 'a', 25);
    fixture.service.advanceWatermark(30);
    expect(fixture.fired).toEqual(['E a@10', 'E a@20', 'E a@25', 'E a@30']);
    expect(fixture.service.numEventTimeTimers).toBe(1); // 35
  });

  test('a timer is taken out before its callback: the callback may set the same again, for the next sweep or this one', () => {
    const fixture = open();
    let times = 0;
    fixture.then = (_, { timestamp }) => {
      times += 1;
      if (times < 3) fixture.service.registerEventTimeTimer('', timestamp);
    };
    fixture.register('E', 'a', 10);
    fixture.service.advanceWatermark(10);
    expect(fixture.fired).toEqual(['E a@10', 'E a@10', 'E a@10']);
  });

  test('a callback can delete a timer that is due in the same sweep', () => {
    const fixture = open();
    fixture.then = (_, { timestamp }) => {
      if (timestamp === 10) fixture.service.deleteEventTimeTimer('', 11);
    };
    for (const timestamp of [10, 11, 12]) fixture.register('E', 'a', timestamp);
    fixture.service.advanceWatermark(20);
    expect(fixture.fired).toEqual(['E a@10', 'E a@12']);
  });

  test('a timer registered for a time that the watermark has passed waits for the next watermark', () => {
    const { service, fired, register } = open();
    service.advanceWatermark(100);
    register('E', 'a', 10);
    expect(fired).toEqual([]);
    service.advanceWatermark(101);
    expect(fired).toEqual(['E a@10']);
  });

  test('a watermark never goes back', () => {
    const { service, fired, register } = open();
    service.advanceWatermark(100);
    register('E', 'a', 10);
    service.advanceWatermark(50);
    expect([service.currentWatermark(), fired]).toEqual([100, []]);
  });

  test('one scope for a sweep, released when it is over; none where nothing is due', () => {
    const { host, service, register } = open();
    service.advanceWatermark(1);
    expect(host.scopesMade).toBe(0);
    for (const timestamp of [2, 3, 4]) register('E', 'a', timestamp);
    service.advanceWatermark(5);
    expect([host.scopesMade, host.openScopes]).toEqual([1, 0]);
  });
});

describe('flink 1.3 timers: processing time', () => {
  test('only the earliest is scheduled with the clock', async () => {
    const { host, fired, register } = open();
    for (const timestamp of [30, 10, 20]) register('P', 'a', timestamp);
    expect(host.clock.pendingTimers).toBe(1);
    await host.clock.advance(10);
    expect([fired, host.clock.pendingTimers]).toEqual([['P a@10'], 1]);
    await host.clock.advance(20);
    expect([fired, host.clock.pendingTimers]).toEqual([['P a@10', 'P a@20', 'P a@30'], 0]);
  });

  test('nothing is scheduled any more when the last timer is deleted, or the service closed', () => {
    const { host, service, register } = open();
    register('P', 'a', 10);
    service.deleteProcessingTimeTimer('', 10);
    expect(host.clock.pendingTimers).toBe(0);
    register('P', 'a', 10);
    service.close();
    expect(host.clock.pendingTimers).toBe(0);
  });

  test('a timer registered for a time that has passed fires when the call in hand is over', () => {
    const { host, fired, register } = open(new ManualClock(1_000));
    host.enterWhenRunning(() => {
      register('P', 'a', 10);
      expect(fired).toEqual([]);
    });
    expect(fired).toEqual(['P a@10']);
  });

  test('timers registered while firing: due ones in the same sweep, others later', async () => {
    const fixture = open();
    fixture.then = (_, { timestamp }) => {
      if (timestamp === 10) fixture.service.registerProcessingTimeTimer('', 5);
      if (timestamp === 5) fixture.service.registerProcessingTimeTimer('', 15);
    };
    fixture.register('P', 'a', 10);
    await fixture.host.clock.advance(10);
    expect([fixture.fired, fixture.host.scopesMade]).toEqual([['P a@10', 'P a@5'], 1]);
    await fixture.host.clock.advance(5);
    expect(fixture.fired).toEqual(['P a@10', 'P a@5', 'P a@15']);
  });

  test('timers wait while a checkpoint holds the task, and are not scheduled twice meanwhile', async () => {
    const { host, fired, register } = open();
    register('P', 'a', 10);
    host.isHeld = true;
    await host.clock.advance(20);
    register('P', 'a', 15);
    register('P', 'a', 25);
    expect([fired, host.clock.pendingTimers]).toEqual([[], 0]);
    host.isHeld = false;
    host.runWaiting();
    expect(fired).toEqual(['P a@10', 'P a@15']);
    await host.clock.advance(5);
    expect(fired).toEqual(['P a@10', 'P a@15', 'P a@25']);
  });

  test('a wall clock set back: timers fire when it shows their time again', async () => {
    const { host, fired, register } = open(new ManualClock(10_000));
    register('P', 'a', 15_000);
    host.clock.setWallClock(4_000);
    await host.clock.advance(5_000);
    expect([fired, host.clock.pendingTimers]).toEqual([[], 1]);
    await host.clock.advance(6_000);
    expect(fired).toEqual(['P a@15000']);
  });

  test('a wall clock set forward by a day: due timers fire within a minute, one set afterwards is not late', async () => {
    const { host, fired, register } = open(new ManualClock(0));
    register('P', 'a', 86_000_000);
    host.clock.setWallClock(86_400_000);
    await host.clock.advance(60_000);
    expect(fired).toEqual(['P a@86000000']);
    register('P', 'a', 90_000_000);
    host.clock.setWallClock(100_000_000);
    register('P', 'b', 100_000_001);
    await host.clock.advance(1);
    expect(fired).toEqual(['P a@86000000', 'P a@90000000', 'P b@100000001']);
  });

  test('a timer years ahead neither fires early nor is lost', async () => {
    const { host, fired, register } = open();
    register('P', 'a', 2 ** 40);
    await host.clock.advance(600_000);
    expect([fired, host.clock.pendingTimers]).toEqual([[], 1]);
    host.clock.setWallClock(2 ** 40);
    await host.clock.advance(60_000);
    expect(fired).toEqual([`P a@${String(2 ** 40)}`]);
  });
});

describe('flink 1.3 timers: timers are state', () => {
  test('they are back after a restore, in both domains; due processing-time timers fire at once', async () => {
    const stored: StoredTimers = new Map();
    const before = open(new ManualClock(0), stored);
    before.register('E', 'a', 10);
    before.register('E', 7, 11, 'w');
    for (const timestamp of [100, 200, 9_000]) before.register('P', 'b', timestamp);
    before.register('P', 'b', 150);
    before.service.deleteProcessingTimeTimer('', 150);
    before.service.close();

    const after = open(new ManualClock(5_000), stored);
    expect(after.fired).toEqual(['P b@100', 'P b@200']);
    after.service.advanceWatermark(11);
    expect(after.fired.slice(2)).toEqual(['E a@10', 'E 7@11/w']);
    await after.host.clock.advance(4_000);
    expect(after.fired.at(-1)).toBe('P b@9000');
  });

  test('a timer that has fired is not back', () => {
    const stored: StoredTimers = new Map();
    const before = open(new ManualClock(0), stored);
    before.register('E', 'a', 10);
    before.service.advanceWatermark(10);
    const after = open(new ManualClock(0), stored);
    expect(after.service.numEventTimeTimers).toBe(0);
  });

  test('timers of one moment fire in the same order before and after a restore', () => {
    const stored: StoredTimers = new Map();
    const before = open(new ManualClock(0), stored);
    for (const key of ['d', 'a', 'c', 'b']) before.register('E', key, 10);
    const copy: StoredTimers = new Map([...stored].map(([name, members]) => [name, new Set(members)]));
    before.service.advanceWatermark(10);
    const after = open(new ManualClock(0), copy);
    after.service.advanceWatermark(10);
    expect(after.fired).toEqual(before.fired);
  });
});

describe('the timer service refuses', () => {
  test.each([NaN, Infinity, 1.5, 2 ** 60])('the time %p', (timestamp) => {
    const { register } = open();
    expect(() => register('E', 'a', timestamp)).toThrow('whole number of milliseconds');
    expect(() => register('P', 'a', timestamp)).toThrow('whole number of milliseconds');
  });

  test('to go on after a callback threw: the attempt fails, later timers stay', async () => {
    const fixture = open();
    fixture.then = () => {
      throw new Error('broken');
    };
    fixture.register('P', 'a', 50);
    fixture.register('E', 'a', 10);
    fixture.register('E', 'a', 11);
    fixture.service.advanceWatermark(20);
    await fixture.host.clock.advance(100);
    expect(fixture.fired).toEqual(['E a@10']);
    expect(fixture.host.failures).toMatchObject([{ code: 'ERR_OPERATOR_FAILED' }]);
    expect(fixture.host.openScopes).toBe(0);
  });
});
