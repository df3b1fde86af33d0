import { describe, expect, test } from '@jest/globals';
import { OutputTag, StreamExecutionEnvironment } from '@millrace/core';
import type { DataStream, SingleOutputStream } from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource, quiet } from '../test-support/fake-source.js';
import { startJob } from '../test-support/start-job.js';

/** What comes out of one operator, with timestamps, for elements at 10, 11, 12... */
async function through<T>(
  elements: readonly number[],
  build: (numbers: DataStream<number>) => DataStream<T>,
): Promise<{ readonly out: readonly string[]; readonly committed: number | undefined; readonly error: unknown }> {
  const source = new FakeSource<number>();
  const sink = new FakeSink<string>();
  const env = new StreamExecutionEnvironment({ jobName: 'simple' });
  build(env.fromSource(source.source, { uid: 'in' }))
    .process<string>({
      processElement: (value, context, out) => {
        out.collect(`${String(value)}@${String(context.timestamp())}`);
      },
    })
    .sinkTo(sink.sink, { uid: 'out' });
  const job = await startJob(env.getStreamGraph());
  const [lease] = await source.assign('in-0');
  void source.host.push(lease!, {
    records: elements.map((value, n) => ({ value, position: n, timestamp: 10 + n })),
    nextPosition: elements.length,
  });
  await quiet();
  await job.clock.advance(1_000);
  const error = job.runner.status().lastError;
  await job.runner.stop();
  return { out: sink.written, committed: source.commits.at(-1)?.[1], error };
}

const odd = (n: number): boolean => {
  if (n < 0) throw new RangeError('negative');
  return n % 2 === 1;
};

describe('map', () => {
  test('gives one element for each, in order, with its timestamp; undefined is an element too', async () => {
    const { out, committed } = await through([1, 2, 3], (numbers) =>
      numbers.map((n) => (n === 2 ? undefined : n * 10)),
    );
    expect(out).toEqual(['10@10', 'undefined@11', '30@12']);
    expect(committed).toBe(3);
  });
});

describe('filter', () => {
  test('keeps those for which the predicate is true, as they were', async () => {
    const { out, committed } = await through([1, 2, 3, 4], (numbers) => numbers.filter(odd));
    expect(out).toEqual(['1@10', '3@12']);
    expect(committed).toBe(4);
  });
});

describe('flatMap', () => {
  test('gives none, one or many for each, in the order of collecting, before the next', async () => {
    const { out } = await through([0, 2, 1], (numbers) =>
      numbers.flatMap<number>((n, collector) => {
        for (let k = 0; k < n; k += 1) collector.collect(n * 10 + k);
      }),
    );
    expect(out).toEqual(['20@11', '21@11', '10@12']);
  });
});

describe.each<[string, (numbers: DataStream<number>, errors: object) => SingleOutputStream<number>]>([
  ['map', (numbers, errors) => numbers.map((n) => (odd(n) ? n : n), { uid: 'op', ...errors })],
  ['filter', (numbers, errors) => numbers.filter((n) => odd(n) || true, { uid: 'op', ...errors })],
  [
    'flatMap',
    (numbers, errors) =>
      numbers.flatMap<number>(
        (n, out) => {
          odd(n);
          out.collect(n);
        },
        { uid: 'op', ...errors },
      ),
  ],
])('%s with a function that throws', (_, build) => {
  test('fails the attempt by default, and commits nothing from the element on', async () => {
    const { out, committed, error } = await through([1, -1, 3], (numbers) => build(numbers, {}));
    expect(out).toEqual(['1@10']);
    expect(committed).toBeUndefined();
    expect(error).toBe('op: negative');
  });

  test('skips the element where that is asked for', async () => {
    const { out, committed } = await through([1, -1, 3], (numbers) =>
      build(numbers, { errors: { onEventError: 'skip' } }),
    );
    expect(out).toEqual(['1@10', '3@12']);
    expect(committed).toBe(3);
  });

  test('makes a dead letter with the timestamp of the element', async () => {
    const failed = new OutputTag<string>('failed');
    const make = (n: number, cause: unknown): string[] => [`${String(n)} ${(cause as Error).name}`];
    const { out, committed } = await through<unknown>([1, -1, 3], (numbers) => {
      const main = build(numbers, { errors: { onEventError: { tag: failed, make } } });
      return main.map((n): unknown => n).union(main.getSideOutput(failed).map((letter): unknown => letter));
    });
    expect(out).toEqual(['1@10', '-1 RangeError@11', '3@12']);
    expect(committed).toBe(3);
  });
});
