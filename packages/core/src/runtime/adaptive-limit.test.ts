import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../clock.js';
import { AdaptiveLimit } from './adaptive-limit.js';

/** A service that works on so many requests at once, each for so long; others stand in line there. */
interface Service {
  readonly servers: number;
  readonly milliseconds: number;
}

/** Virtual time, and a load on a service: as many requests as the limit allows are in flight all the time. */
class Load {
  now = 0;
  readonly clock = { ...systemClock, monotonic: () => this.now };
  readonly limit: AdaptiveLimit;

  constructor(most: number) {
    this.limit = new AdaptiveLimit(most, this.clock);
  }

  /** Requests a second that the service answered. @param most in flight, whatever the limit allows */
  run({ servers, milliseconds }: Service, seconds: number, most = Infinity): number {
    const end = this.now + seconds * 1_000;
    /** When the request began and when it is answered: in this order, as all take equally long. */
    const requests: { begin: number; done: number }[] = [];
    let answered = 0;
    for (;;) {
      while (this.now < end && requests.length - answered < Math.min(this.limit.limit, most)) {
        const free = requests[requests.length - servers]?.done ?? 0;
        requests.push({ begin: this.now, done: Math.max(this.now, free) + milliseconds });
      }
      const next = requests[answered];
      if (next === undefined) return answered / seconds;
      this.now = next.done;
      this.limit.settled(next.done - next.begin, requests.length - answered);
      answered += 1;
    }
  }
}

const FLAT: Service = { servers: 1_000, milliseconds: 50 };

describe('the adaptive limit', () => {
  test('goes up to its bound where latency stays flat', () => {
    const load = new Load(200);
    expect(load.limit.limit).toBe(16);
    load.run(FLAT, 20);
    expect(load.limit.limit).toBe(200);
  });

  test.each([
    [8, 10],
    [40, 25],
    [100, 50],
  ])('settles a little above what %d servers work on at once, and keeps them busy', (servers, milliseconds) => {
    const load = new Load(1_000);
    // Long enough to measure the base anew: the first one may have been seen through a queue.
    load.run({ servers, milliseconds }, 70);
    const perSecond = load.run({ servers, milliseconds }, 10);
    expect(load.limit.limit).toBeGreaterThanOrEqual(servers * 0.9);
    expect(load.limit.limit).toBeLessThan(servers + 4 * Math.sqrt(servers));
    expect(perSecond).toBeGreaterThan(0.95 * servers * (1_000 / milliseconds));
  });

  test('follows a service that loses half of its servers, and one that gets them back', () => {
    const load = new Load(1_000);
    const service = { servers: 64, milliseconds: 20 };
    load.run(service, 20);
    load.run({ ...service, servers: 32 }, 20);
    expect(load.limit.limit).toBeLessThan(32 + 4 * Math.sqrt(32));
    load.run(service, 20);
    expect(load.limit.limit).toBeGreaterThanOrEqual(58);
  });

  test('does not take a service that became slower for one that is overloaded for ever', () => {
    const load = new Load(100);
    load.run(FLAT, 10);
    expect(load.limit.limit).toBe(100);
    load.run({ servers: 1_000, milliseconds: 300 }, 120);
    expect(load.limit.limit).toBe(100);
  });

  test('an overload takes three tenths off, once however many notice it, down to four', () => {
    const load = new Load(100);
    load.run(FLAT, 20);
    load.limit.overloaded();
    load.limit.overloaded();
    expect(load.limit.limit).toBe(70);
    for (let more = 0; more < 20; more += 1) {
      load.now += 1_000;
      load.limit.overloaded();
    }
    expect(load.limit.limit).toBe(4);
  });

  test('work that was held up by an outage says nothing about latency afterwards', () => {
    const load = new Load(100);
    load.run(FLAT, 20);
    load.now += 60_000;
    load.limit.overloaded();
    for (let each = 0; each < 100; each += 1) load.limit.settled(60_000, 100);
    load.run(FLAT, 20);
    expect(load.limit.limit).toBe(100);
  });

  test('learns nothing from flat latency while few places are in use', () => {
    const load = new Load(100);
    load.run(FLAT, 20, 4);
    expect(load.limit.limit).toBe(16);
  });

  test('stays within a bound that is smaller than its own start', () => {
    const { limit } = new Load(2);
    expect(limit.limit).toBe(2);
    limit.overloaded();
    expect(limit.limit).toBe(2);
  });
});
