import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '@millrace/core/testing';
import { FakeTimerHost } from '../../test-support/fake-timer-host.js';
import type { StoredTimers } from '../../test-support/fake-timer-host.js';
import { MIN_WATERMARK } from '../../time/watermark.js';
import { InternalTimerService } from './internal-timer-service.js';
import { memberOf } from './timer-member.js';
import type { Timer } from './timer.js';

type Domain = 'E' | 'P';

interface Timers {
  register(domain: Domain, key: string, namespace: string, timestamp: number): void;
  delete(domain: Domain, key: string, namespace: string, timestamp: number): void;
}

/** What a callback does, the same for service and model: sets timers of its key, some due at once, and deletes some. */
function react(domain: Domain, { timestamp, key, namespace }: Timer, timers: Timers): void {
  const name = String(key);
  if (timestamp % 3 === 0) timers.register(domain, name, namespace, timestamp + 2);
  if (timestamp % 5 === 0) timers.delete(domain, name, namespace, timestamp + 1);
  if (timestamp % 7 === 0) timers.register(domain === 'E' ? 'P' : 'E', name, namespace, timestamp - 1);
}

/** An unordered array that is searched for the earliest each time. */
class NaiveTimers implements Timers {
  watermark = MIN_WATERMARK;
  now = 0;
  readonly fired: string[] = [];
  #timers: (Timer & { readonly domain: Domain })[] = [];

  register(domain: Domain, key: string, namespace: string, timestamp: number): void {
    this.delete(domain, key, namespace, timestamp);
    this.#timers.push({ domain, key, namespace, timestamp });
  }

  delete(domain: Domain, key: string, namespace: string, timestamp: number): void {
    this.#timers = this.#timers.filter(
      (each) =>
        each.domain !== domain || each.key !== key || each.namespace !== namespace || each.timestamp !== timestamp,
    );
  }

  fire(domain: Domain, limit: number): void {
    for (;;) {
      const due = this.#timers
        .filter((each) => each.domain === domain && each.timestamp <= limit)
        .sort((a, b) => a.timestamp - b.timestamp || (bytes(a) < bytes(b) ? -1 : 1));
      const [first] = due;
      if (first === undefined) return;
      this.delete(domain, String(first.key), first.namespace, first.timestamp);
      this.fired.push(`${domain} ${String(first.key)}/${first.namespace}@${String(first.timestamp)}`);
      react(domain, first, this);
    }
  }

  count(domain: Domain): number {
    return this.#timers.filter((each) => each.domain === domain).length;
  }
}

function bytes({ timestamp, key, namespace }: Timer): string {
  return memberOf(timestamp, key, namespace);
}

class RealTimers implements Timers {
  readonly fired: string[] = [];
  readonly clock = new ManualClock();
  host: FakeTimerHost;
  service: InternalTimerService;
  #stored: StoredTimers = new Map();

  constructor() {
    [this.host, this.service] = this.#open();
  }

  #open(): [FakeTimerHost, InternalTimerService] {
    const host = new FakeTimerHost(this.clock, this.#stored);
    const callback = (domain: Domain) => (timer: Timer) => {
      this.fired.push(`${domain} ${String(timer.key)}/${timer.namespace}@${String(timer.timestamp)}`);
      react(domain, timer, this);
    };
    const service = new InternalTimerService({
      host,
      onEventTime: callback('E'),
      onProcessingTime: callback('P'),
    });
    [this.host, this.service] = [host, service];
    service.open();
    return [host, service];
  }

  register(domain: Domain, key: string, namespace: string, timestamp: number): void {
    this.host.state.setCurrentKey(key);
    if (domain === 'E') this.service.registerEventTimeTimer(namespace, timestamp);
    else this.service.registerProcessingTimeTimer(namespace, timestamp);
  }

  delete(domain: Domain, key: string, namespace: string, timestamp: number): void {
    this.host.state.setCurrentKey(key);
    if (domain === 'E') this.service.deleteEventTimeTimer(namespace, timestamp);
    else this.service.deleteProcessingTimeTimer(namespace, timestamp);
  }

  /** A new service on a copy of what was stored; the old one is as gone as after a crash. */
  restart(): void {
    this.service.close();
    this.#stored = new Map([...this.#stored].map(([name, members]) => [name, new Set(members)]));
    this.#open();
  }
}

const key = fc.constantFrom('a', 'b', 'c');
const namespace = fc.constantFrom('', 'w');
const domain = fc.constantFrom<Domain>('E', 'P');
const timestamp = fc.integer({ min: -5, max: 60 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('register' as const), domain, key, namespace, timestamp }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), domain, key, namespace, timestamp }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watermark' as const), timestamp }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

test('flink 1.3 timers: fire as in a naive model, over random streams and restarts at any place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const real = new RealTimers();
      const model = new NaiveTimers();
      for (const each of steps) {
        if (each.do === 'register' || each.do === 'delete') {
          for (const timers of [real, model]) timers[each.do](each.domain, each.key, each.namespace, each.timestamp);
          model.fire('P', model.now); // what was registered for a time that has passed
        } else if (each.do === 'watermark') {
          real.service.advanceWatermark(each.timestamp);
          if (each.timestamp >= model.watermark) {
            model.watermark = each.timestamp;
            model.fire('E', each.timestamp);
            model.fire('P', model.now);
          }
        } else if (each.do === 'advance') {
          await real.clock.advance(each.ms);
          for (let n = 0; n < each.ms; n += 1) {
            model.now += 1;
            model.fire('P', model.now);
          }
        } else {
          real.restart();
          model.watermark = MIN_WATERMARK;
        }
        // Timers of the clock that are set in a sweep of the watermark wait until it is over; so does the model.
        expect([...real.fired].sort()).toEqual([...model.fired].sort());
        expect(real.fired.filter((fired) => fired.startsWith('E'))).toEqual(
          model.fired.filter((fired) => fired.startsWith('E')),
        );
        expect([real.service.numEventTimeTimers, real.service.numProcessingTimeTimers]).toEqual([
          model.count('E'),
          model.count('P'),
        ]);
        expect(real.clock.pendingTimers).toBe(Math.min(1, model.count('P')));
        expect([real.host.failures, real.host.openScopes]).toEqual([[], 0]);
      }
    }),
    { numRuns: 200 },
  );
}, 60_000);
