import { describe, expect, test } from '@jest/globals';
import { OutputTag } from '@millrace/core';
import type { Collector, ProcessContext } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

const side = new OutputTag<string>('side');

describe('a process function', () => {
  test('emits any number of elements and side outputs, in order, with the timestamp of its element', async () => {
    const harness = await OperatorHarness.forProcess<string, string>({
      processElement(value, context, out) {
        context.output(side, `${value} at ${String(context.timestamp())}`);
        for (const letter of value) out.collect(letter);
      },
    });
    await harness.processElement('ab', 5);
    await harness.processElement('');
    expect(harness.records()).toEqual([
      { value: 'a', timestamp: 5 },
      { value: 'b', timestamp: 5 },
    ]);
    expect(harness.sideOutput(side)).toEqual(['ab at 5', ' at undefined']);
    expect(harness.settledInputs).toBe(2);
  });

  test('that keeps context and collector beyond the call is told so', async () => {
    let kept: [ProcessContext, Collector<string>] | undefined;
    const harness = await OperatorHarness.forProcess<string, string>({
      processElement(_, context, out) {
        kept = [context, out];
      },
    });
    await harness.processElement('a');
    expect(() => kept?.[0].timestamp()).toThrow('during the call only');
    expect(() => kept?.[0].output(side, 'x')).toThrow('during the call only');
    expect(() => kept?.[1].collect('x')).toThrow('during the call only');
  });

  test('that throws leaves what it emitted before, and the policy decides the rest', async () => {
    const harness = await OperatorHarness.forProcess<string, string>(
      {
        processElement(value, _context, out) {
          out.collect(value);
          throw new Error('after');
        },
      },
      { errors: { onEventError: 'skip' } },
    );
    await harness.processElement('a');
    expect(harness.output()).toEqual(['a']);
    expect(harness.settledInputs).toBe(1);
    expect(harness.metrics.total('numRecordsInErrors')).toBe(1);
  });

  test('that is asynchronous fails instead of settling elements that it still works on', async () => {
    const harness = await OperatorHarness.forProcess<string, string>({
      // eslint-disable-next-line @typescript-eslint/no-misused-promises
      async processElement() {
        await Promise.resolve();
        throw new Error('nobody sees this');
      },
    });
    await harness.processElement('a');
    expect(harness.failures).toMatchObject([{ message: expect.stringContaining('AsyncDataStream') }]);
  });

  test('whose infrastructure error is not an event fails the attempt whatever the policy says of events', async () => {
    const harness = await OperatorHarness.forProcess<string, string>(
      {
        processElement() {
          throw new Error('disk full');
        },
      },
      { errors: { classify: () => 'infrastructure', onEventError: 'skip' } },
    );
    await harness.processElement('a');
    expect(harness.failures).toMatchObject([{ code: 'ERR_OPERATOR_FAILED', message: 'test-operator: disk full' }]);
  });

  test('makes several dead letters of one element, which count for its settlement', async () => {
    const harness = await OperatorHarness.forProcess<string, string>(
      {
        processElement() {
          throw new Error('no');
        },
      },
      {
        acknowledgeOutputs: false,
        errors: {
          onEventError: {
            tag: side,
            make: (value, _error, { operator, attempts }) => [value, operator, String(attempts)],
          },
        },
      },
    );
    await harness.processElement('a');
    expect(harness.sideOutput(side)).toEqual(['a', 'test-operator', '1']);
    expect(harness.settledInputs).toBe(0);
    await harness.acknowledge();
    expect(harness.settledInputs).toBe(1);
  });
});
