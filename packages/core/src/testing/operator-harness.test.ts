import { describe, expect, test } from '@jest/globals';
import { fixedDelayRetry, OutputTag } from '@millrace/core';
import { ManualClock, OperatorHarness } from '@millrace/core/testing';

describe('the operator harness', () => {
  test('opens the function with a context, and closes it', async () => {
    const log: string[] = [];
    const clock = new ManualClock(500);
    const harness = await OperatorHarness.forProcess<string, string>(
      {
        open: (context) =>
          void log.push(`${context.jobName} ${context.operator} ${context.split} ${String(context.clock.now())}`),
        processElement() {},
        close: () => void log.push('closed'),
      },
      { uid: 'mine', clock },
    );
    await harness.close();
    expect(log).toEqual(['test-job mine test-0 500', 'closed']);
  });

  test('gives outputs, side outputs and counters of what it processed', async () => {
    const odd = new OutputTag<number>('odd');
    const harness = await OperatorHarness.forProcess<number, number>({
      open(context) {
        context.metrics.counter('seen').inc();
      },
      processElement(n, context, out) {
        if (n % 2 === 1) context.output(odd, n);
        else out.collect(n);
      },
    });
    for (const n of [1, 2, 3]) await harness.processElement(n, n * 10);
    expect(harness.records()).toEqual([{ value: 2, timestamp: 20 }]);
    expect(harness.sideOutput(odd)).toEqual([1, 3]);
    expect(harness.sideOutput(new OutputTag('other'))).toEqual([]);
    expect(harness.metrics.total('seen')).toBe(1);
    harness.clearOutput();
    expect([harness.output(), harness.sideOutput(odd)]).toEqual([[], []]);
  });

  test('lets time pass for retries, and shows who waits for one', async () => {
    const harness = await OperatorHarness.forAsync<string, string>(
      {
        asyncInvoke: (word, { attempt }) =>
          attempt === 1 ? Promise.reject(new Error('down')) : Promise.resolve([word]),
      },
      { retryStrategy: fixedDelayRetry(1, 1_000), errors: { classify: () => 'infrastructure' } },
    );
    await harness.processElement('a');
    expect([harness.retrying, harness.output()]).toEqual([1, []]);
    await harness.advance(1_000);
    expect([harness.retrying, harness.output()]).toEqual([0, ['a']]);
  });

  test('says when a function does not open', async () => {
    const broken = OperatorHarness.forProcess<string, string>({
      open: () => Promise.reject(new Error('no')),
      processElement() {},
    });
    await expect(broken).rejects.toThrow('no');
  });
});
