import { describe, expect, test } from '@jest/globals';
import { pullSource } from '@millrace/core';
import type { Acknowledgement, SinkWriter, Source, SourceHost, SplitLease } from '@millrace/core';
import { sinkConformance, sourceConformance } from '@millrace/core/testing';
import type { ConformanceCase, KeyedNumber } from '@millrace/core/testing';

/** Names of the checks that fail. */
async function failing(checks: readonly ConformanceCase[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of checks) {
    await run().catch(() => {
      failed.push(name);
    });
  }
  return failed;
}

type Break = (host: SourceHost<number>) => SourceHost<number>;

/** A good source of numbers, whose host is tampered with: what it does is wrong then. */
function numbers(elements: readonly number[], tamper: Break): Source<number> {
  const good = pullSource<number>({
    kind: 'numbers',
    description: 'numbers',
    isBounded: true,
    open: () =>
      Promise.resolve([
        {
          id: 'numbers',
          pull: (from) => {
            const records = elements.slice(from, from + 500).map((value, n) => ({ value, position: from + n, timestamp: undefined })); // prettier-ignore
            return Promise.resolve(records.length === 0 ? 'end' : { records, nextPosition: from + records.length });
          },
          end: () => elements.length,
        },
      ]),
  });
  return { ...good, open: (host) => good.open(tamper(host)) };
}

/** The host with some of its methods replaced. */
function hostWith(host: SourceHost<number>, change: Partial<SourceHost<number>>): SourceHost<number> {
  return {
    jobName: host.jobName,
    clock: host.clock,
    logger: host.logger,
    metrics: host.metrics,
    signal: host.signal,
    assign: (splits) => host.assign(splits),
    push: (lease, chunk) => host.push(lease, chunk),
    finish: (lease) => {
      host.finish(lease);
    },
    revoke: (leases, timeoutMs) => host.revoke(leases, timeoutMs),
    lose: (leases) => {
      host.lose(leases);
    },
    missed: (split, from, to) => {
      host.missed(split, from, to);
    },
    fail: (error) => {
      host.fail(error);
    },
    ...change,
  };
}

/** What a spoiled one is waited for; a good one has all the time it needs. */
const SOON_MS = 400;

const suiteOf = (tamper: Break, timeoutMs = SOON_MS): readonly ConformanceCase[] =>
  sourceConformance<number>({
    isFixed: true,
    timeoutMs,
    quietMs: 5,
    idOf: String,
    create: () => {
      const elements: number[] = [];
      return Promise.resolve({
        source: () => numbers(elements, tamper),
        add: (count) => {
          elements.push(...Array.from({ length: count }, (_, n) => elements.length + n));
          return Promise.resolve();
        },
      });
    },
  });

describe('the suite of sources', () => {
  test('finds nothing wrong with a good one', async () => {
    expect(await failing(suiteOf((host) => host, 30_000))).toEqual([]);
  });

  test.each<[string, Break, RegExp]>([
    [
      'does not wait for credit',
      (host) =>
        hostWith(host, {
          push: (lease, chunk) => {
            void host.push(lease, chunk);
            return Promise.resolve();
          },
        }),
      /waits for credit/,
    ],
    [
      'ignores where the lease begins',
      (host) => {
        const given = new Map<SplitLease, SplitLease>();
        return hostWith(host, {
          assign: async (splits) =>
            (await host.assign(splits)).map((lease) => {
              const wrong = { ...lease, startPosition: 0 };
              given.set(wrong, lease);
              return wrong;
            }),
          push: (lease, chunk) => host.push(given.get(lease) ?? lease, chunk),
          finish: (lease) => {
            host.finish(given.get(lease) ?? lease);
          },
        });
      },
      /begins at the position of the lease/,
    ],
    [
      'hands some elements over twice',
      (host) =>
        hostWith(host, {
          push: (lease, chunk) =>
            host.push(lease, { ...chunk, records: [...chunk.records, ...chunk.records.slice(-1)] }),
        }),
      /hands every element over once/,
    ],
    [
      'loses the end of a chunk',
      (host) =>
        hostWith(host, { push: (lease, chunk) => host.push(lease, { ...chunk, records: chunk.records.slice(1) }) }),
      /hands every element over once/,
    ],
    ['never finishes', (host) => hostWith(host, { finish: () => undefined }), /ends when it is aborted or closed/],
    [
      'finishes twice',
      (host) =>
        hostWith(host, {
          finish: (lease) => {
            host.finish(lease);
            host.finish(lease);
          },
        }),
      /ends when it is aborted or closed/,
    ],
  ])('finds one that %s', async (_, tamper, check) => {
    expect(await failing(suiteOf(tamper))).toContainEqual(expect.stringMatching(check));
  });
});

/** A sink of lists, with a writer that a test spoils. */
const suiteOfSink = (
  spoil: (
    stored: KeyedNumber[],
  ) => Partial<SinkWriter<KeyedNumber>> & { write(element: KeyedNumber, ack: Acknowledgement): void },
  timeoutMs = SOON_MS,
): readonly ConformanceCase[] =>
  sinkConformance<KeyedNumber>({
    timeoutMs,
    elementOf: (element) => element,
    create: () => {
      const stored: KeyedNumber[] = [];
      return Promise.resolve({
        sink: () => ({
          kind: 'list',
          description: 'list',
          open: () =>
            Promise.resolve({ flush: () => Promise.resolve(), close: () => Promise.resolve(), ...spoil(stored) }),
        }),
        read: () => Promise.resolve([...stored]),
      });
    },
  });

describe('the suite of sinks', () => {
  test('finds nothing wrong with a good one', async () => {
    const good = suiteOfSink(
      (stored) => ({
        write: (element, ack) => {
          stored.push(element);
          ack.done();
        },
      }),
      30_000,
    );
    expect(await failing(good)).toEqual([]);
  });

  test.each<[string, Parameters<typeof suiteOfSink>[0], RegExp]>([
    [
      'acknowledges before it has stored',
      (stored) => ({
        write: (element, ack) => {
          ack.done();
          setTimeout(() => stored.push(element), 30);
        },
      }),
      /acknowledges every element once, when it is durable/,
    ],
    [
      'acknowledges twice',
      (stored) => ({
        write: (element, ack) => {
          stored.push(element);
          ack.done();
          ack.done();
        },
      }),
      /acknowledges every element once/,
    ],
    [
      'turns the order of a key round',
      (stored) => ({
        write: (element, ack) => {
          stored.unshift(element);
          ack.done();
        },
      }),
      /keeps the order of a key/,
    ],
    [
      'flushes nothing',
      (stored) => ({
        write: (element, ack) => {
          setTimeout(() => {
            stored.push(element);
            ack.done();
          }, 5);
        },
      }),
      /flush resolves when everything/,
    ],
    [
      'never ends when it is closed',
      (stored) => ({
        write: (element, ack) => {
          stored.push(element);
          ack.done();
        },
        close: () => new Promise(() => undefined),
      }),
      /opens, flushes and closes/,
    ],
  ])('finds one that %s', async (_, spoil, check) => {
    expect(await failing(suiteOfSink(spoil))).toContainEqual(expect.stringMatching(check));
  });
});
