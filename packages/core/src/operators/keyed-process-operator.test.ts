import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ValueStateDescriptor } from '@millrace/core';
import type { KeyedProcessFunction, ValueState } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

const firstLetter = (word: string): string => word[0] ?? '';

/** Counts the words of a letter; `x` at the end forgets the letter. */
function counting(): KeyedProcessFunction<string, string, string> {
  let count: ValueState<number>;
  return {
    open(context) {
      count = context.getState(new ValueStateDescriptor<number>('count'));
    },
    processElement(word, context, out) {
      if (word.endsWith('x')) {
        count.clear();
        return;
      }
      count.update((count.value() ?? 0) + 1);
      out.collect(`${context.getCurrentKey()} ${String(count.value())}`);
    },
  };
}

describe('a keyed process function', () => {
  test('sees the state of its element’s key', async () => {
    const harness = await OperatorHarness.forKeyedProcess(firstLetter, counting());
    for (const word of ['apple', 'bread', 'almond']) await harness.processElement(word);
    expect(harness.output()).toEqual(['a 1', 'b 1', 'a 2']);
    expect(harness.numKeyedStateEntries()).toBe(2);
  });

  test('counts as a naive model does, over any number of snapshots and recoveries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c', 'ax', 'bx'), fc.constant('recover')), { maxLength: 30 }),
        async (steps) => {
          let harness = await OperatorHarness.forKeyedProcess(firstLetter, counting());
          const model = new Map<string, number>();
          const expected: string[] = [];
          const seen: string[] = [];
          for (const step of steps) {
            if (step === 'recover') {
              seen.push(...harness.output());
              harness = await OperatorHarness.forKeyedProcess(firstLetter, counting(), {
                restore: await harness.snapshot(),
              });
              continue;
            }
            harness.push(step);
            if (step.endsWith('x')) {
              model.delete(firstLetter(step));
            } else {
              model.set(step, (model.get(step) ?? 0) + 1);
              expected.push(`${step} ${String(model.get(step))}`);
            }
            expect(harness.numKeyedStateEntries()).toBe(model.size);
          }
          expect([...seen, ...harness.output()]).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('leaves no memory behind for keys whose values are cleared', async () => {
    const harness = await OperatorHarness.forKeyedProcess(firstLetter, counting());
    for (const word of ['a', 'b', 'ax', 'bx']) await harness.processElement(word);
    expect(harness.numKeyedStateEntries()).toBe(0);
    expect((await harness.snapshot()).size).toBe(0);
  });

  test('forgets a value that is updated to undefined', async () => {
    let state: ValueState<string>;
    const harness = await OperatorHarness.forKeyedProcess<string, string, string>(firstLetter, {
      open: (context) => void (state = context.getState(new ValueStateDescriptor('last'))),
      processElement(word, _context, out) {
        out.collect(`${word} after ${String(state.value())}`);
        state.update(word === 'a-' ? undefined : word);
      },
    });
    for (const word of ['a1', 'a-', 'a3']) await harness.processElement(word);
    expect(harness.output()).toEqual(['a1 after undefined', 'a- after a1', 'a3 after undefined']);
    await harness.processElement('a-');
    expect(harness.numKeyedStateEntries()).toBe(0);
  });

  test('keeps a snapshot as it was, whatever happens to the state afterwards', async () => {
    const harness = await OperatorHarness.forKeyedProcess(firstLetter, counting());
    await harness.processElement('a');
    const restore = await harness.snapshot();
    await harness.processElement('a');
    const restored = await OperatorHarness.forKeyedProcess(firstLetter, counting(), { restore });
    await restored.processElement('a');
    expect(restored.output()).toEqual(['a 2']);
  });

  test('does not mistake the number 1 for the text "1"', async () => {
    const harness = await OperatorHarness.forKeyedProcess<string | number, string | number, string>((key) => key, {
      ...counting(),
      open: undefined,
      processElement: (key, context, out) => {
        out.collect(typeof context.getCurrentKey() === typeof key ? typeof key : 'mixed up');
      },
    });
    await harness.processElement(1);
    await harness.processElement('1');
    expect(harness.output()).toEqual(['number', 'string']);
  });

  test('may not call two states by one name', async () => {
    const twice: KeyedProcessFunction<string, string, string> = {
      open(context) {
        context.getState(new ValueStateDescriptor('n'));
        context.getState(new ValueStateDescriptor('n'));
      },
      processElement() {},
    };
    await expect(OperatorHarness.forKeyedProcess(firstLetter, twice)).rejects.toMatchObject({
      code: 'ERR_STATE_DUPLICATE',
    });
  });

  test('may not use a state where no element is in hand, nor ask for one after open', async () => {
    let state: ValueState<number> | undefined;
    let ask: (() => void) | undefined;
    await OperatorHarness.forKeyedProcess<string, string, string>(firstLetter, {
      open(context) {
        state = context.getState(new ValueStateDescriptor('n'));
        ask = () => context.getState(new ValueStateDescriptor('m'));
      },
      processElement() {},
    });
    expect(() => state?.value()).toThrow('outside processElement');
    expect(() => state?.update(1)).toThrow('outside processElement');
    expect(() => state?.clear()).toThrow('outside processElement');
    expect(() => ask?.()).toThrow('asked for in open');
  });
});
