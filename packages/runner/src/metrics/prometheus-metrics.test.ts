import { beforeEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { PrometheusMetrics } from './prometheus-metrics.js';

let registry: Registry;
let metrics: PrometheusMetrics;
beforeEach(() => {
  registry = new Registry();
  metrics = new PrometheusMetrics(registry, { job: 'j' });
});

async function lines(): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('a counter is a real one: it keeps its count over two reads', async () => {
  const counter = metrics.group({ operator: 'persist' }).counter('db-update-count', 'Statements');
  counter.inc();
  counter.inc(4);
  const expected = ['db_update_count{job="j",operator="persist"} 5'];
  expect(await lines()).toEqual(expected);
  expect(await lines()).toEqual(expected);
  expect(counter.count).toBe(5);
  expect(await registry.metrics()).toContain('# TYPE db_update_count counter');
});

test('the same name and labels are the same counter, other labels another', async () => {
  metrics.group({ operator: 'a', split: '1' }).counter('read').inc();
  metrics.group({ split: '1', operator: 'a' }).counter('read').inc();
  metrics.group({ operator: 'b' }).counter('read').inc();
  metrics.group({ topic: 't' }).counter('read').inc(7);
  expect((await lines()).sort()).toEqual([
    'read{job="j",operator="a",split="1"} 2',
    'read{job="j",operator="b"} 1',
    'read{job="j",topic="t"} 7',
  ]);
});

test('a gauge is read when it is asked for; registering it again replaces the reader', async () => {
  let value = 1;
  metrics.gauge('numRestarts', () => value);
  expect(await lines()).toEqual(['numRestarts{job="j"} 1']);
  value = 2;
  expect(await lines()).toEqual(['numRestarts{job="j"} 2']);
  metrics.gauge('numRestarts', () => 9);
  expect(await lines()).toEqual(['numRestarts{job="j"} 9']);
});

test('a gauge that cannot be read does not hide the others', async () => {
  metrics.gauge('bad', () => {
    throw new Error('no');
  });
  metrics.gauge('good', () => 1);
  expect(await lines()).toEqual(['good{job="j"} 1']);
});

test('a histogram counts into its buckets', async () => {
  const histogram = metrics.group({ operator: 'a' }).histogram('checkpoint-duration', [0.1, 1]);
  histogram.observe(0.5);
  metrics.group({ split: 'x' }).histogram('checkpoint-duration', [0.1, 1]).observe(0.01);
  histogram.observe(Number.NaN);
  expect((await lines()).slice(0, 5)).toEqual([
    'checkpoint_duration_bucket{le="0.1",job="j",operator="a"} 0',
    'checkpoint_duration_bucket{le="1",job="j",operator="a"} 1',
    'checkpoint_duration_bucket{le="+Inf",job="j",operator="a"} 1',
    'checkpoint_duration_sum{job="j",operator="a"} 0.5',
    'checkpoint_duration_count{job="j",operator="a"} 1',
  ]);
  expect(await lines()).toContain('checkpoint_duration_bucket{le="0.1",job="j",split="x"} 1');
});

test('names that differ only in what Prometheus does not allow are one metric', async () => {
  metrics.counter('a-b').inc();
  metrics.counter('a_b').inc();
  expect(await lines()).toEqual(['a_b{job="j"} 2']);
});
