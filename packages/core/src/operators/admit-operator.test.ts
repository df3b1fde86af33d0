import { describe, expect, test } from '@jest/globals';
import { OperatorHarness } from '@millrace/core/testing';

interface Element {
  readonly key: string;
  readonly n: number;
}
const keyOf = ({ key }: Element): string => key;
const join = (elements: readonly Element[]): string => elements.map(({ key, n }) => `${key}${String(n)}`).join('+');
const element = (text: string): Element => ({ key: text[0] ?? '', n: Number(text.slice(1)) });

async function harnessOf(options: { capacity?: number; coalesce?: (elements: readonly Element[]) => string } = {}) {
  return OperatorHarness.forAdmit<string, Element, string>(keyOf, {
    acknowledgeOutputs: false,
    coalesce: join,
    ...options,
  });
}

describe('admit', () => {
  test('lets the next of a key in when everything of the one before is acknowledged, and coalesces what waited', async () => {
    const harness = await harnessOf();
    for (const text of ['a1', 'a2', 'b3', 'a4']) harness.push(element(text));
    expect(harness.output()).toEqual(['a1', 'b3']);
    expect(harness.settledInputs).toBe(0);
    await harness.acknowledge(1);
    expect(harness.output()).toEqual(['a1', 'b3', 'a2+a4']);
    expect(harness.settledInputs).toBe(1);
    await harness.acknowledge();
    expect(harness.settledInputs).toBe(4);
  });

  test('without coalescing lets elements in one by one, in order', async () => {
    const harness = await OperatorHarness.forAdmit<string, Element>(keyOf, { acknowledgeOutputs: false });
    for (const text of ['a1', 'a2', 'a3']) harness.push(element(text));
    for (let n = 1; n <= 3; n += 1) {
      expect(harness.output()).toHaveLength(n);
      await harness.acknowledge();
    }
    expect(harness.output().map(({ n }) => n)).toEqual([1, 2, 3]);
    expect(harness.settledInputs).toBe(3);
  });

  test('keeps at most the capacity of keys inside', async () => {
    const harness = await harnessOf({ capacity: 2 });
    for (const text of ['a1', 'b2', 'c3', 'd4']) harness.push(element(text));
    expect(harness.output()).toEqual(['a1', 'b2']);
    await harness.acknowledge(1);
    expect(harness.output()).toEqual(['a1', 'b2', 'c3']);
  });

  test('gives a group the timestamp of its first element', async () => {
    const harness = await harnessOf();
    harness.push(element('a1'), 10);
    harness.push(element('a2'), 30);
    harness.push(element('a3'), 20);
    await harness.acknowledge();
    expect(harness.records()).toEqual([
      { value: 'a1', timestamp: 10 },
      { value: 'a2+a3', timestamp: 30 },
    ]);
  });

  test('passes 20,000 elements of one key that are acknowledged at once, without growing the stack', async () => {
    const harness = await OperatorHarness.forAdmit<string, Element>(keyOf, { capacity: 1 });
    for (let n = 0; n < 20_000; n += 1) harness.push({ key: 'a', n });
    await harness.settled();
    expect(harness.settledInputs).toBe(20_000);
  });

  test('whose coalescing throws fails the attempt; nothing is settled', async () => {
    const harness = await harnessOf({
      coalesce: () => {
        throw new Error('cannot');
      },
    });
    await harness.processElement(element('a1'));
    expect(harness.failures).toHaveLength(1);
    expect(harness.settledInputs).toBe(0);
  });

  test('lets nobody in once it is closed', async () => {
    const harness = await harnessOf();
    harness.push(element('a1'));
    harness.push(element('a2'));
    await harness.close();
    await harness.acknowledge();
    expect(harness.output()).toEqual(['a1']);
  });

  test('refuses a capacity of nothing', async () => {
    await expect(harnessOf({ capacity: 0 })).rejects.toThrow(RangeError);
  });
});

test('a watermark goes on when everything before it was let in', async () => {
  const harness = await OperatorHarness.forAdmit((value: string) => value, { acknowledgeOutputs: false });
  for (const value of ['a', 'a', 'b']) harness.push(value);
  await harness.processWatermark(10);
  await harness.processElement('c');
  expect([harness.output(), harness.watermarks()]).toEqual([['a', 'b', 'c'], []]);
  await harness.acknowledge(1);
  expect([harness.output(), harness.watermarks()]).toEqual([['a', 'b', 'c', 'a'], [10]]);
});
