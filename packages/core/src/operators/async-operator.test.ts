import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { fixedDelayRetry, OperatorFailure, OperatorTimeoutError, OutputTag, retryInPlace } from '@millrace/core';
import type { AsyncContext, AsyncFunction } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

/** Answers when the test says so. */
class Service {
  readonly calls: { readonly input: number; resolve(values: readonly string[]): void; reject(error: unknown): void }[] =
    [];
  running = 0;
  mostRunning = 0;

  readonly ask = (input: number): Promise<readonly string[]> => {
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    return new Promise((resolve, reject) => {
      this.calls.push({
        input,
        resolve: (values) => {
          this.running -= 1;
          resolve(values);
        },
        reject: (error) => {
          this.running -= 1;
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          reject(error);
        },
      });
    });
  };

  readonly fn: AsyncFunction<number, string> = { asyncInvoke: this.ask };
}

const modes = ['ordered', 'unordered'] as const;
const infrastructure = { classify: () => 'infrastructure' as const };

describe.each(modes)('%s results, for any order of completion', (mode) => {
  test('come once each, in the order promised, and the capacity is never exceeded', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 15 }),
        fc.infiniteStream(fc.nat()),
        async (capacity, widths, picks) => {
          const service = new Service();
          const harness = await OperatorHarness.forAsync(service.fn, { mode, capacity });
          widths.forEach((_, n) => harness.push(n, n * 10));
          const completed: number[] = [];
          const open = new Set<Service['calls'][number]>();
          let seen = 0;
          while (completed.length < widths.length) {
            for (; seen < service.calls.length; seen += 1) open.add(service.calls[seen]!);
            const waiting = [...open];
            const call = waiting[picks.next().value! % waiting.length]!;
            open.delete(call);
            completed.push(call.input);
            call.resolve(Array.from({ length: widths[call.input]! }, (_, k) => `${String(call.input)}.${String(k)}`));
            await Promise.resolve().then(() => undefined);
            await new Promise((resolve) => setImmediate(resolve));
          }
          await harness.settled();
          const order = mode === 'ordered' ? widths.map((_, n) => n) : completed;
          const expected = order.flatMap((n) =>
            Array.from({ length: widths[n]! }, (_, k) => ({ value: `${String(n)}.${String(k)}`, timestamp: n * 10 })),
          );
          expect(harness.records()).toEqual(expected);
          expect(service.mostRunning).toBeLessThanOrEqual(capacity);
          expect(service.calls.map(({ input }) => input)).toEqual(widths.map((_, n) => n));
          expect(harness.settledInputs).toBe(widths.length);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test('in ordered mode what is done and waits for those before it keeps its place, as in Flink', async () => {
  const service = new Service();
  const harness = await OperatorHarness.forAsync(service.fn, { mode: 'ordered', capacity: 2 });
  for (const n of [0, 1, 2]) harness.push(n);
  service.calls[1]!.resolve(['1']);
  await harness.settled();
  expect(service.calls).toHaveLength(2);
  expect(harness.output()).toEqual([]);
  service.calls[0]!.resolve(['0']);
  await harness.settled();
  expect(harness.output()).toEqual(['0', '1']);
  expect(service.calls).toHaveLength(3);
});

test.each([0, -1, 2.5, Number.NaN])('a capacity of %p is refused, nothing could ever run', async (capacity) => {
  await expect(OperatorHarness.forAsync(new Service().fn, { capacity })).rejects.toThrow(RangeError);
});

describe('a function that misbehaves', () => {
  const failed = new OutputTag<string>('failed');
  const errors = {
    onEventError: {
      tag: failed,
      make: (input: number, error: unknown) => [
        `${String(input)}: ${error instanceof Error ? error.name : String(error)}`,
      ],
    },
  };

  test.each<[string, (input: number) => unknown, string]>([
    [
      'throws at once',
      () => {
        throw new RangeError('no');
      },
      '1: RangeError',
    ],
    [
      'throws undefined',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw undefined;
      },
      '1: undefined',
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['rejects with undefined', () => Promise.reject(undefined), '1: undefined'],
    ['resolves with undefined', () => Promise.resolve(undefined), '1: TypeError'],
    ['resolves with a string', () => Promise.resolve('abc'), '1: TypeError'],
    ['returns nothing', () => undefined, '1: TypeError'],
    [
      'returns a thenable that throws',
      () => ({
        then() {
          throw new SyntaxError('then');
        },
      }),
      '1: SyntaxError',
    ],
  ])('that %s makes a dead letter, and the next element is served', async (_, misbehave, letter) => {
    const harness = await OperatorHarness.forAsync<number, string>(
      { asyncInvoke: (input) => (input === 1 ? misbehave(input) : Promise.resolve(['ok'])) as Promise<string[]> },
      { errors },
    );
    await harness.processElement(1);
    await harness.processElement(2);
    expect(harness.sideOutput(failed)).toEqual([letter]);
    expect(harness.output()).toEqual(['ok']);
    expect(harness.failures).toEqual([]);
    expect(harness.settledInputs).toBe(2);
  });

  test('that returns an array and no promise is taken at its word', async () => {
    const harness = await OperatorHarness.forAsync<number, string>({
      asyncInvoke: () => ['now'] as unknown as Promise<string[]>,
    });
    await harness.processElement(1);
    expect(harness.output()).toEqual(['now']);
  });

  test('fails the attempt without a policy, and the element is not settled', async () => {
    const harness = await OperatorHarness.forAsync<number, string>({
      asyncInvoke: () => Promise.reject(new Error('x')),
    });
    await harness.processElement(1);
    expect(harness.failures).toEqual([expect.any(OperatorFailure)]);
    expect(harness.settledInputs).toBe(0);
  });

  test('is blamed for an event where the classifier itself throws', async () => {
    const harness = await OperatorHarness.forAsync<number, string>(
      { asyncInvoke: () => Promise.reject(new Error('x')) },
      {
        errors: {
          classify: () => {
            throw new Error('classifier');
          },
          onEventError: 'skip',
        },
      },
    );
    await harness.processElement(1);
    expect(harness.failures).toEqual([]);
    expect(harness.settledInputs).toBe(1);
    expect(harness.metrics.total('numRecordsInErrors')).toBe(1);
  });

  test('fails the attempt where making the dead letter throws; the element is not lost', async () => {
    const harness = await OperatorHarness.forAsync<number, string>(
      { asyncInvoke: () => Promise.reject(new Error('x')) },
      {
        errors: {
          onEventError: {
            tag: failed,
            make: () => {
              throw new Error('make');
            },
          },
        },
      },
    );
    await harness.processElement(1);
    expect(harness.failures).toHaveLength(1);
    expect(harness.settledInputs).toBe(0);
  });

  test('that never settles holds its place without a timeout, and gives it back with one', async () => {
    const never: AsyncFunction<number, string> = { asyncInvoke: () => new Promise(() => undefined) };
    const without = await OperatorHarness.forAsync(never, { capacity: 1 });
    await without.processElement(1);
    await without.advance(3_600_000);
    expect(without).toMatchObject({ settledInputs: 0, failures: [] });
    const withTimeout = await OperatorHarness.forAsync(never, {
      capacity: 1,
      timeoutMs: 100,
      errors: { classify: () => 'event', onEventError: 'skip' },
    });
    await withTimeout.processElement(1);
    await withTimeout.processElement(2);
    await withTimeout.advance(100);
    expect(withTimeout.settledInputs).toBe(1);
    await withTimeout.advance(100);
    expect(withTimeout.settledInputs).toBe(2);
  });
});

describe('a timeout', () => {
  test('fails the attempt by default, as in Flink', async () => {
    const harness = await OperatorHarness.forAsync(new Service().fn, { timeoutMs: 1_000 });
    await harness.processElement(1);
    await harness.advance(999);
    expect(harness.failures).toEqual([]);
    await harness.advance(1);
    expect(harness.failures).toMatchObject([{ cause: expect.any(OperatorTimeoutError) }]);
  });

  test('counts from the first try, retries included, and aborts the signal of the try in hand', async () => {
    const signals: AbortSignal[] = [];
    let tries = 0;
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: (_, { signal }) => {
          signals.push(signal);
          tries += 1;
          return tries < 3 ? Promise.reject(new Error('down')) : new Promise(() => undefined);
        },
      },
      { timeoutMs: 1_000, retryStrategy: fixedDelayRetry(10, 400), errors: infrastructure },
    );
    await harness.processElement(1);
    await harness.advance(999);
    expect(tries).toBe(3);
    expect(signals.at(-1)?.aborted).toBe(false);
    await harness.advance(1);
    expect(harness.failures).toHaveLength(1);
    expect(signals.at(-1)?.aborted).toBe(true);
    expect(harness.retrying).toBe(0);
  });

  test('while a retry is being waited for ends the element exactly once (FLINK-40456)', async () => {
    const failed = new OutputTag<string>('failed');
    let tries = 0;
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: () => {
          tries += 1;
          return Promise.reject(new Error('down'));
        },
      },
      {
        timeoutMs: 150,
        retryStrategy: fixedDelayRetry(100, 100),
        errors: {
          classify: (error) => (error instanceof OperatorTimeoutError ? 'event' : 'infrastructure'),
          onEventError: {
            tag: failed,
            make: (input, _error, { attempts }) => [`${String(input)} ${String(attempts)}`],
          },
        },
      },
    );
    await harness.processElement(1);
    await harness.advance(10_000);
    expect(harness.sideOutput(failed)).toEqual(['1 2']);
    expect(harness.settledInputs).toBe(1);
    expect(tries).toBe(2);
    expect(harness.clock.pendingTimers).toBe(0);
  });

  test('lets a late answer have no effect, its side outputs included', async () => {
    const service = new Service();
    const side = new OutputTag<string>('side');
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: (input, context) => {
          context.output(side, 'of the late one');
          return service.ask(input);
        },
      },
      { timeoutMs: 100, errors: { classify: () => 'event', onEventError: 'skip' } },
    );
    await harness.processElement(1);
    await harness.advance(100);
    expect(harness.settledInputs).toBe(1);
    service.calls[0]!.resolve(['late']);
    await harness.settled();
    expect([harness.output(), harness.sideOutput(side)]).toEqual([[], []]);
    expect(harness.settledInputs).toBe(1);
  });

  test('that did not strike leaves no timer and no abort', async () => {
    let signal: AbortSignal | undefined;
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: (_, context) => {
          signal = context.signal;
          return Promise.resolve(['a']);
        },
      },
      { timeoutMs: 100 },
    );
    await harness.processElement(1);
    expect(harness.clock.pendingTimers).toBe(0);
    await harness.advance(1_000);
    await harness.close();
    expect(signal?.aborted).toBe(false);
  });
});

describe('retries', () => {
  test('are of infrastructure errors alone, count from 1, and end in success', async () => {
    const attempts: number[] = [];
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: (input, { attempt }) => {
          attempts.push(attempt);
          return attempt < 3
            ? Promise.reject(new Error('down'))
            : Promise.resolve([`${String(input)} at ${String(attempt)}`]);
        },
      },
      { retryStrategy: fixedDelayRetry(5, 10), errors: infrastructure },
    );
    await harness.processElement(7);
    expect(harness.retrying).toBe(1);
    await harness.advance(20);
    expect(attempts).toEqual([1, 2, 3]);
    expect(harness.output()).toEqual(['7 at 3']);
    expect(harness.metrics.total('numRetries')).toBe(2);
    expect(harness.retrying).toBe(0);
  });

  test('that are used up fail the attempt: maxAttempts counts retries', async () => {
    let tries = 0;
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: () => {
          tries += 1;
          return Promise.reject(new Error('down'));
        },
      },
      { retryStrategy: fixedDelayRetry(2, 10), errors: infrastructure },
    );
    await harness.processElement(1);
    await harness.advance(1_000);
    expect(tries).toBe(3);
    expect(harness.failures).toHaveLength(1);
    expect(harness.settledInputs).toBe(0);
  });

  test('are not made for event errors', async () => {
    const fn = jest.fn(() => Promise.reject<string[]>(new Error('bad element')));
    const harness = await OperatorHarness.forAsync<number, string>(
      { asyncInvoke: fn },
      { retryStrategy: retryInPlace(), errors: { classify: () => 'event', onEventError: 'skip' } },
    );
    await harness.processElement(1);
    await harness.advance(60_000);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test('leave nothing of a failed try behind, not even what it does after it failed', async () => {
    const tag = new OutputTag<string>('side');
    let late: AsyncContext<string> | undefined;
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: (_, context) => {
          context.output(tag, `of try ${String(context.attempt)}`);
          if (context.attempt === 1) {
            late = context;
            return Promise.reject(new Error('down'));
          }
          late?.output(tag, 'late');
          return Promise.resolve(['main']);
        },
      },
      { retryStrategy: fixedDelayRetry(1, 10), errors: infrastructure },
    );
    await harness.processElement(1);
    await harness.advance(10);
    expect(harness.sideOutput(tag)).toEqual(['of try 2']);
    expect(late?.attempt).toBe(1);
    await expect(late?.emitAcknowledged('late')).rejects.toThrow('the call has ended');
    expect(harness.output()).toEqual(['main']);
  });

  test('whose strategy throws fail the attempt instead of the process', async () => {
    const harness = await OperatorHarness.forAsync<number, string>(
      { asyncInvoke: () => Promise.reject(new Error('down')) },
      {
        retryStrategy: {
          canRetry: () => {
            throw new Error('strategy');
          },
          backoffMs: () => 0,
        },
        errors: infrastructure,
      },
    );
    await harness.processElement(1);
    expect(harness.failures).toEqual([new Error('strategy')]);
  });
});

describe('emitAcknowledged', () => {
  test('emits at once and resolves when everything that it caused is acknowledged; the element waits for both', async () => {
    const log: string[] = [];
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: async (input, context) => {
          await context.emitAcknowledged(`first ${String(input)}`);
          log.push('acknowledged');
          return [`second ${String(input)}`];
        },
      },
      { acknowledgeOutputs: false },
    );
    await harness.processElement(1, 5);
    expect(harness.records()).toEqual([{ value: 'first 1', timestamp: 5 }]);
    expect(log).toEqual([]);
    await harness.acknowledge();
    expect(log).toEqual(['acknowledged']);
    expect(harness.output()).toEqual(['first 1', 'second 1']);
    expect(harness.settledInputs).toBe(0);
    await harness.acknowledge();
    expect(harness.settledInputs).toBe(1);
  });

  test('that nobody waits for holds the element until it is acknowledged', async () => {
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: (_, context) => {
          void context.emitAcknowledged('a');
          return Promise.resolve([]);
        },
      },
      { acknowledgeOutputs: false },
    );
    await harness.processElement(1);
    expect(harness.settledInputs).toBe(0);
    await harness.acknowledge();
    expect(harness.settledInputs).toBe(1);
  });

  test('is rejected where the element times out or the operator closes, so that the function does not hang', async () => {
    const ends: string[] = [];
    const fn: AsyncFunction<number, string> = {
      asyncInvoke: async (_, context) => {
        await context.emitAcknowledged('a').catch((error: unknown) => ends.push(String(error)));
        return [];
      },
    };
    const errors = { classify: () => 'event' as const, onEventError: 'skip' as const };
    const timedOut = await OperatorHarness.forAsync(fn, { acknowledgeOutputs: false, timeoutMs: 10, errors });
    await timedOut.processElement(1);
    await timedOut.advance(10);
    expect(ends).toEqual([expect.stringContaining('no result within 10 ms')]);
    expect(timedOut.settledInputs).toBe(0);
    await timedOut.acknowledge();
    expect(timedOut.settledInputs).toBe(1);
    const closed = await OperatorHarness.forAsync(fn, { acknowledgeOutputs: false });
    await closed.processElement(1);
    await closed.close();
    expect(ends).toHaveLength(2);
    expect(closed.settledInputs).toBe(0);
  });
});

describe('closing', () => {
  test('aborts the signal; what a function does then is no output, no dead letter and no retry', async () => {
    const failed = new OutputTag<string>('failed');
    let calls = 0;
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        asyncInvoke: (_, { signal }) => {
          calls += 1;
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(signal.reason as Error);
            });
          });
        },
      },
      {
        capacity: 2,
        retryStrategy: fixedDelayRetry(5, 1),
        errors: { onEventError: { tag: failed, make: () => ['a good record'] } },
      },
    );
    for (const n of [1, 2, 3]) harness.push(n);
    await harness.close();
    await harness.advance(1_000);
    expect(harness.sideOutput(failed)).toEqual([]);
    expect(harness).toMatchObject({ failures: [], settledInputs: 0 });
    expect(calls).toBe(2);
  });

  test('waits for calls that are running, late ones included, and for nothing that waits for a retry', async () => {
    const service = new Service();
    const harness = await OperatorHarness.forAsync(service.fn, {
      timeoutMs: 50,
      retryStrategy: fixedDelayRetry(5, 1_000),
      errors: {
        classify: (error) => (error instanceof OperatorTimeoutError ? 'event' : 'infrastructure'),
        onEventError: 'skip',
      },
    });
    harness.push(1);
    await harness.advance(50);
    harness.push(2);
    harness.push(3);
    service.calls[2]!.reject(new Error('down'));
    await harness.settled();
    let isClosed = false;
    const closing = harness.close().then(() => (isClosed = true));
    service.calls[1]!.resolve(['never seen']);
    await harness.settled();
    expect(isClosed).toBe(false);
    service.calls[0]!.resolve(['never seen']);
    await closing;
    expect(harness.output()).toEqual([]);
    expect(harness.clock.pendingTimers).toBe(0);
  });

  test('opens and closes the function once', async () => {
    const log: string[] = [];
    const harness = await OperatorHarness.forAsync<number, string>(
      {
        open: ({ operator }) => void log.push(`open ${operator}`),
        asyncInvoke: () => Promise.resolve([]),
        close: () => void log.push('close'),
      },
      { uid: 'x' },
    );
    await harness.close();
    expect(log).toEqual(['open x', 'close']);
  });
});
