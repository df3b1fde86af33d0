import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { cureClock } from './clock-cure.js';

type Calls = Record<'heartbeat' | 'refreshMetadataIfNecessary' | 'scheduleRequestTimeoutCheck', () => void>;

/** What the cure requires, made up: classes that note the times that the published ones would go by. */
function library(version: string, leftOut?: keyof Calls) {
  const noted: unknown[] = [];
  const make = (name: keyof Calls, field: string): new () => object => {
    const Class = function () {} as unknown as new () => object;
    const published = function (this: Record<string, unknown>): void {
      noted.push(this[field]);
    };
    if (name !== leftOut) Object.assign(Class.prototype, { [name]: published });
    return Class;
  };
  const modules: Record<string, unknown> = {
    'kafkajs/package.json': { version },
    'kafkajs/src/network/requestQueue/index.js': make('scheduleRequestTimeoutCheck', 'none'),
    'kafkajs/src/consumer/consumerGroup.js': make('heartbeat', 'lastRequest'),
    'kafkajs/src/cluster/brokerPool.js': make('refreshMetadataIfNecessary', 'metadataExpireAt'),
  };
  const load = ((id: string) => modules[id]) as unknown as NodeJS.Require;
  const made = (file: string, state: object): Calls =>
    Object.assign(new (modules[`kafkajs/src/${file}.js`] as new () => object)(), state) as Calls;
  return { load, made, noted };
}

beforeEach(() => {
  jest.useFakeTimers({ now: 10_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('the cure of the wall clock', () => {
  test('after the clock was set back a heartbeat is due by the interval, not by the hour', () => {
    const { load, made, noted } = library('2.2.4');
    expect(cureClock(load)).toEqual({ version: '2.2.4', applied: true });
    const group = made('consumer/consumerGroup', { lastRequest: 13_600_000 });
    group.heartbeat();
    jest.setSystemTime(10_003_000);
    group.heartbeat();
    expect(noted).toEqual([10_000_000, 10_000_000]);
  });

  test('metadata are never older than their greatest age', () => {
    const { load, made, noted } = library('2.2.4');
    cureClock(load);
    made('cluster/brokerPool', { metadataMaxAge: 5_000, metadataExpireAt: 13_600_000 }).refreshMetadataIfNecessary();
    made('cluster/brokerPool', { metadataMaxAge: 5_000, metadataExpireAt: null }).refreshMetadataIfNecessary();
    made('cluster/brokerPool', { metadataMaxAge: 5_000, metadataExpireAt: 10_001_000 }).refreshMetadataIfNecessary();
    expect(noted).toEqual([10_005_000, null, 10_001_000]);
  });

  test.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ])('a request times out after its time, wherever the clock is set: %s', (_name, jump) => {
    const { load, made } = library('2.2.4');
    cureClock(load);
    const timeoutRequest = jest.fn();
    const destroy = jest.fn();
    const queue = made('network/requestQueue/index', {
      enforceRequestTimeout: true,
      requestTimeout: 1_000,
      inflight: new Map([[1, { requestTimeout: 1_000, sentAt: Date.now(), timeoutRequest }]]),
      isConnected: () => true,
      destroy,
    });
    queue.scheduleRequestTimeoutCheck();
    jest.advanceTimersByTime(500);
    jest.setSystemTime(Date.now() + jump);
    jest.advanceTimersByTime(500);
    expect(timeoutRequest).not.toHaveBeenCalled();
    jest.advanceTimersByTime(300);
    expect(timeoutRequest).toHaveBeenCalled();
  });

  test('leaves other versions alone, and one that lacks a function', () => {
    expect(cureClock(library('2.2.5').load)).toEqual({ version: '2.2.5', applied: false });
    expect(cureClock(library('2.2.4', 'heartbeat').load).applied).toBe(false);
    const { load, made, noted } = library('2.2.4', 'refreshMetadataIfNecessary');
    cureClock(load);
    made('consumer/consumerGroup', { lastRequest: 13_600_000 }).heartbeat();
    expect(noted).toEqual([13_600_000]);
  });
});
