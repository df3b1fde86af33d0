import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_WATERMARK, MemoryStateBackend, MIN_WATERMARK, OutputTag } from '@millrace/core';
import type { IntervalJoined, KeyedProcessOptions, JoinedPair } from '@millrace/core';
import { TwoInputOperatorHarness } from '@millrace/core/testing';

interface Item {
  readonly id: string;
  readonly key: string;
}

const leftLate = new OutputTag<Item>('left late');
const rightLate = new OutputTag<Item>('right late');
type Joined = IntervalJoined<string, Item, Item>;
type Harness = TwoInputOperatorHarness<Item, Item, string>;

function joining(
  bounds: readonly [number, number],
  harness: object = {},
  shape: (joined: Joined) => Joined = (joined) => joined,
  options: Partial<KeyedProcessOptions<JoinedPair<Item, Item>>> = {},
): Promise<Harness> {
  const key = (item: Item): string => item.key;
  return TwoInputOperatorHarness.forStreams<Item, Item, string>(
    (lefts, rights) =>
      shape(
        lefts
          .keyBy(key)
          .intervalJoin(rights.keyBy(key))
          .between(...bounds),
      ).process(
        {
          processElement: (left, right, context, out) => {
            if (left.id === 'poison') throw new Error(`poisoned ${right.id}`);
            const times = [context.getLeftTimestamp(), context.getRightTimestamp(), context.getTimestamp()];
            out.collect(`${left.id}+${right.id} ${times.join(',')}`);
          },
        },
        { uid: 'join', ...options },
      ),
    harness,
  );
}

const item = (id: string, key = 'k'): Item => ({ id, key });

describe('flink 1.2 interval join', () => {
  test('pairs where left + lower <= right <= left + upper, bounds inclusive, whichever comes first', async () => {
    const harness = await joining([-2, 3]);
    for (const timestamp of [7, 8, 13, 14]) await harness.processElement2(item(`r${String(timestamp)}`), timestamp);
    await harness.processElement1(item('l10'), 10);
    await harness.processElement2(item('r12'), 12);
    expect(harness.output()).toEqual(['l10+r8 10,8,10', 'l10+r13 10,13,13', 'l10+r12 10,12,12']);
  });

  test.each([
    ['lowerBoundExclusive', (joined: Joined) => joined.lowerBoundExclusive(), ['r9', 'r11', 'r12']],
    ['upperBoundExclusive', (joined: Joined) => joined.upperBoundExclusive(), ['r8', 'r9', 'r11']],
    ['both', (joined: Joined) => joined.upperBoundExclusive().lowerBoundExclusive(), ['r9', 'r11']],
    ['neither', (joined: Joined) => joined, ['r8', 'r9', 'r11', 'r12']],
  ])('bounds: %s', async (_, shape, expected) => {
    const harness = await joining([-2, 2], {}, shape);
    await harness.processElement1(item('l'), 10);
    for (const timestamp of [7, 8, 9, 11, 12, 13]) {
      await harness.processElement2(item(`r${String(timestamp)}`), timestamp);
    }
    expect(harness.output().map((pair) => pair.slice(2, pair.indexOf(' ')))).toEqual(expected);
  });

  test('output carries the larger of the two timestamps', async () => {
    const harness = await joining([-5, 5]);
    await harness.processElement1(item('l'), 10);
    await harness.processElement2(item('early'), 6);
    await harness.processElement2(item('late'), 14);
    expect(harness.records().map(({ timestamp }) => timestamp)).toEqual([10, 14]);
  });

  test('is an inner join by key: another key, or none in the interval, gives nothing', async () => {
    const harness = await joining([0, 5]);
    await harness.processElement1(item('l', 'a'), 10);
    await harness.processElement2(item('r', 'b'), 10);
    await harness.processElement2(item('s', 'a'), 16);
    await harness.processWatermark(MAX_WATERMARK);
    expect(harness.output()).toEqual([]);
  });

  test('works by event time only: an element without a timestamp fails the attempt', async () => {
    const harness = await joining([0, 5]);
    await harness.processElement1(item('l'));
    expect(harness.failures).toMatchObject([{ code: 'ERR_OPERATOR_FAILED', cause: { code: 'ERR_NO_TIMESTAMP' } }]);
  });

  test('buffers are cleaned when the watermark says that no partner can come', async () => {
    const harness = await joining([-3, 5]);
    await harness.processElement1(item('l'), 10); // partners up to 15
    await harness.processElement2(item('r'), 20); // partners up to 23
    await harness.processWatermark(14);
    expect(harness.numKeyedStateEntries()).toBe(2);
    await harness.processWatermark(15);
    expect(harness.numKeyedStateEntries()).toBe(1);
    await harness.processWatermark(22);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([1, 1]);
    await harness.processWatermark(23);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('late elements go to the side outputs of their side and join nothing', async () => {
    const harness = await joining([-100, 100], {}, (joined) =>
      joined.sideOutputLeftLateData(leftLate).sideOutputRightLateData(rightLate),
    );
    await harness.processElement1(item('l'), 10);
    await harness.processWatermark(20);
    await harness.processElement1(item('late l'), 19);
    await harness.processElement2(item('late r'), 19);
    await harness.processElement2(item('r'), 20);
    expect(harness.sideOutput(leftLate)).toEqual([item('late l')]);
    expect(harness.sideOutput(rightLate)).toEqual([item('late r')]);
    expect(harness.output()).toEqual(['l+r 10,20,20']);
    expect(harness.metrics.total('numLateRecordsDropped')).toBe(0);
  });

  test('without a side output late elements are counted', async () => {
    const harness = await joining([0, 1]);
    await harness.processWatermark(20);
    await harness.processElement1(item('late l'), 19);
    await harness.processElement2(item('late r'), 19);
    expect(harness.metrics.total('numLateRecordsDropped')).toBe(2);
  });

  test('what the function throws is judged by the policy, pair by pair', async () => {
    const tag = new OutputTag<string>('failed');
    const harness = await joining([-5, 5], {}, undefined, {
      errors: { onEventError: { tag, make: ({ left, right }, error) => [`${left.id}/${right.id}: ${String(error)}`] } },
    });
    await harness.processElement1(item('poison'), 1);
    await harness.processElement1(item('good'), 1);
    await harness.processElement2(item('r'), 1);
    expect(harness.output()).toEqual(['good+r 1,1,1']);
    expect(harness.sideOutput(tag)).toEqual(['poison/r: Error: poisoned r']);
  });

  test.each([
    [[2, 1], 'no element can be between 2 and 1'],
    [[0.5, 1], 'whole milliseconds'],
    [[0, NaN], 'whole milliseconds'],
  ] as const)('bounds %p are refused when the graph is built', async (bounds, message) => {
    await expect(joining(bounds as [number, number])).rejects.toThrow(message);
  });

  test('bounds that exclude each other are refused', async () => {
    await expect(joining([1, 2], {}, (j) => j.lowerBoundExclusive().upperBoundExclusive())).rejects.toThrow(
      'no element can be between 2 and 1',
    );
  });
});

type Step =
  | { readonly do: 'left' | 'right'; readonly key: string; readonly timestamp: number }
  | { readonly do: 'watermark'; readonly by: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('left' as const, 'right' as const),
      key: fc.constantFrom('a', 'b'),
      timestamp: fc.integer({ min: -10, max: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('watermark' as const), by: fc.integer({ min: 0, max: 12 }) }) },
);

interface Arrived extends Item {
  readonly side: 'left' | 'right';
  readonly timestamp: number;
}

/**
 * All pairs by the definition: each accepted element with the accepted ones of the other side that are still kept.
 *
 * @param restartAt step before which the watermark is said again
 */
function naive(steps: readonly Step[], [lower, upper]: readonly [number, number], restartAt: number) {
  let watermark = MIN_WATERMARK;
  let kept: Arrived[] = [];
  const pairs: string[] = [];
  const late: { left: string[]; right: string[] } = { left: [], right: [] };
  /** Last time at which a partner may come. */
  const until = ({ side, timestamp }: Arrived): number => timestamp + Math.max(0, side === 'left' ? upper : -lower);
  const advance = (to: number): void => {
    watermark = to;
    kept = kept.filter((each) => until(each) > to);
  };
  for (const [n, each] of steps.entries()) {
    if (n === restartAt) advance(watermark);
    if (each.do === 'watermark') {
      if (watermark === MIN_WATERMARK) advance(each.by - 15);
      else if (each.by > 0) advance(watermark + each.by);
      continue;
    }
    const { do: side, key, timestamp } = each;
    const arrived: Arrived = { id: `${side}${String(n)}`, side, key, timestamp };
    if (timestamp < watermark) {
      late[side].push(arrived.id);
      continue;
    }
    kept.push(arrived);
    const others = kept.filter((other) => other.side !== side && other.key === key);
    for (const other of others.sort((one, two) => one.timestamp - two.timestamp)) {
      const [left, right] = side === 'left' ? [arrived, other] : [other, arrived];
      if (right.timestamp < left.timestamp + lower || right.timestamp > left.timestamp + upper) continue;
      pairs.push(`${left.id}+${right.id}`);
    }
  }
  return { pairs, late, entries: new Set(kept.map(({ side, key }) => `${side} ${key}`)).size, watermark };
}

describe('flink 1.2 interval join: as a naive model', () => {
  test.each([
    ['in memory', false],
    ['larger than memory', true],
  ])(
    'over random streams, out-of-orderness, and a restart at a random place, state %s',
    async (_, isLargerThanMemory) => {
      const intervals = fc
        .tuple(fc.integer({ min: -8, max: 8 }), fc.integer({ min: 0, max: 8 }))
        .map(([lower, length]) => [lower, lower + length] as const);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), intervals, fc.nat(25), async (steps, bounds, restartAt) => {
          const open = (restore?: object): Promise<Harness> =>
            joining(bounds, { stateBackend: new MemoryStateBackend({ isLargerThanMemory }), ...restore }, (joined) =>
              joined.sideOutputLeftLateData(leftLate).sideOutputRightLateData(rightLate),
            );
          let harness = await open();
          const pairs: string[] = [];
          const late: { left: string[]; right: string[] } = { left: [], right: [] };
          const take = (): void => {
            expect(harness.failures).toEqual([]);
            pairs.push(...harness.output().map((pair) => pair.slice(0, pair.indexOf(' '))));
            late.left.push(...harness.sideOutput(leftLate).map(({ id }) => id));
            late.right.push(...harness.sideOutput(rightLate).map(({ id }) => id));
          };
          for (const [n, each] of steps.entries()) {
            if (n === restartAt) {
              take();
              harness = await open({ restore: await harness.snapshot() });
              // As a source does, which goes on at its position: it says again how far event time is.
              const { watermark } = naive(steps.slice(0, n), bounds, restartAt);
              if (watermark !== MIN_WATERMARK) await harness.processWatermark(watermark);
            }
            if (each.do === 'watermark') {
              await harness.processWatermark(naive(steps.slice(0, n + 1), bounds, restartAt).watermark);
            } else {
              const element = { id: `${each.do}${String(n)}`, key: each.key };
              if (each.do === 'left') await harness.processElement1(element, each.timestamp);
              else await harness.processElement2(element, each.timestamp);
            }
          }
          take();
          const expected = naive(steps, bounds, restartAt);
          expect({ pairs, late }).toEqual({ pairs: expected.pairs, late: expected.late });
          expect(harness.numKeyedStateEntries()).toBe(expected.entries);
          await harness.processWatermark(MAX_WATERMARK);
          expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
        }),
        { numRuns: 60 },
      );
    },
  );
});
