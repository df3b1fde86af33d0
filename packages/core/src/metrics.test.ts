import { expect, test } from '@jest/globals';
import { InMemoryMetrics } from './metrics.js';

test('the same name and labels are the same counter, other labels another one', () => {
  const metrics = new InMemoryMetrics({ job: 'j' });
  metrics.counter('records').inc();
  metrics.group({ operator: 'a' }).counter('records').inc(2);
  metrics.group({ operator: 'a' }).counter('records').inc(3);
  expect(metrics.counter('records').count).toBe(1);
  expect(metrics.group({ operator: 'a' }).counter('records').count).toBe(5);
  expect(metrics.total('records')).toBe(6);
  expect(metrics.total('others')).toBe(0);
});

test('a gauge is read when it is asked for, and the newest reader counts', () => {
  const metrics = new InMemoryMetrics();
  let value = 1;
  metrics.gauge('g', () => -1);
  metrics.gauge('g', () => value);
  value = 7;
  expect(metrics.readGauge('g')).toBe(7);
  expect(metrics.group({ a: 'b' }).readGauge('g')).toBeUndefined();
});
