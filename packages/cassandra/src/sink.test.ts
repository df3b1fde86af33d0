import { setImmediate } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';
import type { SinkWriter } from '@millrace/core';
import { InMemoryMetrics, silentLogger } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import fc from 'fast-check';

import { CassandraQueryError } from './errors.js';
import type { CassandraSinkOptions } from './sink.js';
import { cassandraSink } from './sink.js';

interface Element {
  readonly key: string;
  readonly n: number;
}

const unreachable = (): Error => new CassandraQueryError('infrastructure', 'INSERT', new Error('no host available'));

class Fixture {
  readonly clock = new ManualClock();
  readonly abort = new AbortController();
  readonly log: string[] = [];
  readonly acks: string[] = [];

  open(
    execute: (element: Element) => Promise<unknown>,
    options: Partial<CassandraSinkOptions<Element>> = {},
  ): Promise<SinkWriter<Element>> {
    const sink = cassandraSink<Element>({
      session: {
        execute: async (_statement, [key, n]) => {
          this.log.push(`begin ${String(key)}${String(n)}`);
          await execute({ key: String(key), n: Number(n) });
          this.log.push(`end ${String(key)}${String(n)}`);
        },
      },
      statement: 'INSERT INTO t (k, n)\n  VALUES (?, ?)',
      toParams: ({ key, n }) => [key, n],
      toKey: ({ key }) => key,
      ...options,
    });
    expect(sink).toMatchObject({ kind: 'cassandra', description: 'INSERT INTO t (k, n) VALUES (?, ?)' });
    return sink.open({
      jobName: 'test',
      clock: this.clock,
      logger: silentLogger,
      metrics: new InMemoryMetrics(),
      signal: this.abort.signal,
    });
  }

  write(writer: SinkWriter<Element>, key: string, n: number): void {
    writer.write(
      { key, n },
      {
        done: () => this.acks.push(`${key}${String(n)} done`),
        failed: (error) => this.acks.push(`${key}${String(n)} failed: ${(error as Error).message}`),
      },
    );
  }
}

test('writes of one key follow each other, writes of different keys run side by side', async () => {
  const fixture = new Fixture();
  const writer = await fixture.open(() => setImmediate());
  for (const [key, n] of [
    ['a', 1],
    ['a', 2],
    ['b', 1],
  ] as const)
    fixture.write(writer, key, n);
  await writer.flush();
  expect(fixture.log).toEqual(['begin a1', 'begin b1', 'end a1', 'begin a2', 'end b1', 'end a2']);
  expect(fixture.acks).toEqual(['a1 done', 'b1 done', 'a2 done']);
});

test('whatever the keys, order per key and the bound on writes under way hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 3 })), { maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      async (elements, maxInFlight) => {
        const fixture = new Fixture();
        let running = 0;
        let most = 0;
        const writer = await fixture.open(
          async ({ n }) => {
            running += 1;
            most = Math.max(most, running);
            for (let turns = elements[n]?.[1] ?? 0; turns > 0; turns -= 1) await setImmediate();
            running -= 1;
          },
          { maxInFlight },
        );
        elements.forEach(([key], index) => {
          fixture.write(writer, key, index);
        });
        await writer.flush();
        expect(fixture.acks).toHaveLength(elements.length);
        expect(most).toBeLessThanOrEqual(maxInFlight);
        for (const key of ['a', 'b', 'c', 'd']) {
          const own = fixture.log.filter((line) => line.split(' ')[1]?.startsWith(key));
          const expected = elements.flatMap(([each], index) =>
            each === key ? [`begin ${key}${String(index)}`, `end ${key}${String(index)}`] : [],
          );
          expect(own).toEqual(expected);
        }
      },
    ),
    { numRuns: 50 },
  );
}, 60_000);

test('flush waits for what came before it and not for what comes after', async () => {
  const fixture = new Fixture();
  const gates = new Map<string, () => void>();
  const writer = await fixture.open(({ key }) => new Promise<void>((resolve) => gates.set(key, resolve)));
  fixture.write(writer, 'a', 1);
  let flushed = false;
  const flush = writer.flush().then(() => (flushed = true));
  fixture.write(writer, 'b', 1);
  await setImmediate();
  gates.get('b')?.();
  await setImmediate();
  expect(flushed).toBe(false);
  gates.get('a')?.();
  await flush;
  expect(fixture.acks).toEqual(['b1 done', 'a1 done']);
  await expect(writer.flush()).resolves.toBeUndefined();
});

describe('an infrastructure error', () => {
  test('is retried with growing waits until the write succeeds, the key’s next element waiting', async () => {
    const fixture = new Fixture();
    let failures = 6;
    const writer = await fixture.open(() => (failures-- > 0 ? Promise.reject(unreachable()) : Promise.resolve()), {
      retry: { initialDelayMs: 100, maxDelayMs: 1000 },
    });
    fixture.write(writer, 'a', 1);
    fixture.write(writer, 'a', 2);
    await fixture.clock.advance(50);
    expect(fixture.log).toEqual(['begin a1']);
    await fixture.clock.advance(4100);
    expect(fixture.acks).toEqual(['a1 done', 'a2 done']);
    expect(fixture.log.filter((line) => line === 'begin a1')).toHaveLength(7);
    expect(fixture.clock.pendingTimers).toBe(0);
  });

  test('that outlives the time for retries fails the element', async () => {
    const fixture = new Fixture();
    const writer = await fixture.open(() => Promise.reject(unreachable()), { retry: { timeoutMs: 10_000 } });
    fixture.write(writer, 'a', 1);
    await fixture.clock.advance(9_000);
    expect(fixture.acks).toEqual([]);
    await fixture.clock.advance(2_000);
    expect(fixture.acks).toEqual(['a1 failed: cassandra: no host available (statement: INSERT)']);
  });

  test('is no longer retried once the job is cancelled', async () => {
    const fixture = new Fixture();
    const writer = await fixture.open(() => Promise.reject(unreachable()));
    fixture.write(writer, 'a', 1);
    await fixture.clock.advance(0);
    fixture.abort.abort(new Error('cancelled'));
    await writer.flush();
    expect(fixture.acks).toEqual(['a1 failed: cancelled']);
  });
});

test('an event error fails its element at once, the others go on', async () => {
  const fixture = new Fixture();
  const writer = await fixture.open(({ n }) =>
    n === 1
      ? Promise.reject(new CassandraQueryError('event', 'INSERT', new Error('Key may not be empty')))
      : Promise.resolve(),
  );
  fixture.write(writer, 'a', 1);
  fixture.write(writer, 'a', 2);
  await writer.flush();
  expect(fixture.acks).toEqual(['a1 failed: cassandra: Key may not be empty (statement: INSERT)', 'a2 done']);
});

test('a key or value function that throws fails its element and nothing else', async () => {
  const fixture = new Fixture();
  const broken = (): never => {
    throw new TypeError('no key');
  };
  const writer = await fixture.open(() => Promise.resolve(), { toKey: broken });
  fixture.write(writer, 'a', 1);
  expect(fixture.acks).toEqual(['a1 failed: no key']);
  await expect(writer.flush()).resolves.toBeUndefined();
});

test('closing fails what waits and resolves when what is under way has ended', async () => {
  const fixture = new Fixture();
  let finish: () => void = () => undefined;
  const writer = await fixture.open(() => new Promise<void>((resolve) => (finish = resolve)), { maxInFlight: 1 });
  fixture.write(writer, 'a', 1);
  fixture.write(writer, 'b', 1);
  const closed = writer.close();
  finish();
  await closed;
  expect(fixture.acks).toEqual(['a1 done', 'b1 failed: the cassandra session is closed']);
});
