import { describe, expect, test } from '@jest/globals';
import { MapStateDescriptor, OutputTag, ValueStateDescriptor } from '@millrace/core';
import type {
  BroadcastContext,
  KeyedBroadcastProcessFunction,
  ReadOnlyBroadcastContext,
  ValueState,
} from '@millrace/core';
import { TwoInputOperatorHarness } from '@millrace/core/testing';

interface Rule {
  readonly name: string;
  readonly limit: number | undefined;
}

const rules = new MapStateDescriptor<string, number>('rules');
const side = new OutputTag<string>('side');

function limiting(
  restore?: object,
  see: { read?: (c: ReadOnlyBroadcastContext) => void; write?: (c: BroadcastContext) => void } = {},
): Promise<TwoInputOperatorHarness<number, Rule, string>> {
  return TwoInputOperatorHarness.forStreams<number, Rule, string>(
    (numbers, changes) =>
      numbers.connect(changes.broadcast(rules)).process<string>(
        {
          processElement(n, context, out) {
            see.read?.(context);
            const entries = [...context.getBroadcastState(rules).immutableEntries()].sort();
            out.collect(
              `${String(n)}: ${entries.map(([name, limit]) => `${name}${n > limit ? '>' : '<='}${String(limit)}`).join(' ')}`,
            );
            context.output(
              side,
              `${String(n)} at ${String(context.currentWatermark())}/${String(context.currentProcessingTime())}`,
            );
          },
          processBroadcastElement({ name, limit }, context, out) {
            see.write?.(context);
            const state = context.getBroadcastState(rules);
            if (limit === undefined) state.remove(name);
            else state.put(name, limit);
            out.collect(`${name} set`);
          },
        },
        { uid: 'limit' },
      ),
    restore,
  );
}

describe('flink 1.4 broadcast state: BroadcastProcessFunction', () => {
  test('broadcast elements set the state, those of the other stream read it', async () => {
    const harness = await limiting();
    await harness.processElement1(5);
    await harness.processElement2({ name: 'low', limit: 3 }, 7);
    await harness.processElement2({ name: 'high', limit: 9 });
    await harness.processElement1(5, 8);
    await harness.processElement2({ name: 'low', limit: undefined });
    await harness.processElement1(5);
    expect(harness.output()).toEqual(['5: ', 'low set', 'high set', '5: high<=9 low>3', 'low set', '5: high<=9']);
    expect(harness.records()[1]?.timestamp).toBe(7);
    expect(harness.sideOutput(side)).toHaveLength(3);
  });

  test('the other side has read access alone', async () => {
    const harness = await limiting(undefined, {
      read: (context) => {
        const state = context.getBroadcastState(rules) as object;
        for (const method of ['put', 'putAll', 'remove', 'clear', 'entries']) expect(method in state).toBe(false);
        expect('applyToKeyedState' in context).toBe(false);
      },
    });
    await harness.processElement1(1);
    expect([harness.failures, harness.output()]).toEqual([[], ['1: ']]);
  });

  test('has all of a map: put, putAll, remove, contains, get, entries, clear', async () => {
    const seen: unknown[] = [];
    const harness = await limiting(undefined, {
      write: (context) => {
        const state = context.getBroadcastState(rules);
        state.putAll([
          ['a', 1],
          ['b', 2],
        ]);
        state.remove('a');
        seen.push(state.contains('a'), state.contains('b'), state.get('a'), state.get('b'), [...state.entries()]);
        state.clear();
        seen.push([...state.immutableEntries()]);
      },
    });
    await harness.processElement2({ name: 'x', limit: undefined });
    expect([harness.failures, seen]).toEqual([[], [false, true, undefined, 2, [['b', 2]], []]]);
  });

  test('a state whose descriptor was not given to broadcast does not exist', async () => {
    const harness = await limiting(undefined, {
      read: (context) => context.getBroadcastState(new MapStateDescriptor<string, number>('other')),
    });
    await harness.processElement1(1);
    expect(harness.failures).toMatchObject([{ cause: { code: 'ERR_STATE_UNKNOWN' } }]);
  });

  test('is checkpointed and restored', async () => {
    const before = await limiting();
    await before.processElement2({ name: 'low', limit: 3 });
    const after = await limiting({ restore: await before.snapshot() });
    await after.processElement1(5);
    expect(after.output()).toEqual(['5: low>3']);
  });

  test('the watermark is the minimum of both streams', async () => {
    const harness = await limiting();
    await harness.processWatermark1(9);
    await harness.processElement1(1);
    await harness.processWatermark2(4);
    await harness.processElement1(2);
    expect(harness.sideOutput(side)).toEqual([`1 at ${String(Number.MIN_SAFE_INTEGER)}/0`, '2 at 4/0']);
  });
});

type Command = { readonly add: number } | { readonly reset: true } | { readonly misuse: 'state' | 'unknown' | 'kind' };

/** Counts the words of a letter, times a factor that is broadcast; `add` changes every count. */
function counting(): KeyedBroadcastProcessFunction<string, string, Command, string> {
  const descriptor = new ValueStateDescriptor<number>('count');
  const totals = new MapStateDescriptor<string, number>('totals');
  let count: ValueState<number>;
  return {
    open(context) {
      count = context.getState(descriptor);
    },
    processElement(word, context, out) {
      const added = context.getBroadcastState(totals).get('added') ?? 0;
      count.update((count.value() ?? 0) + 1);
      out.collect(`${context.getCurrentKey()} ${String(count.value())} (${String(added)})`);
      context.timerService().registerEventTimeTimer(word.length * 10);
    },
    processBroadcastElement(command, context, out) {
      const state = context.getBroadcastState(totals);
      if ('misuse' in command) {
        if (command.misuse === 'state') count.value();
        if (command.misuse === 'unknown') context.applyToKeyedState(new ValueStateDescriptor('no'), () => undefined);
        if (command.misuse === 'kind') {
          context.applyToKeyedState(new MapStateDescriptor<string, number>('count'), () => undefined);
        }
        return;
      }
      context.applyToKeyedState(descriptor, (key, ofKey) => {
        if ('reset' in command) {
          ofKey.clear();
        } else {
          ofKey.update((ofKey.value() ?? 0) + command.add);
          state.put('added', (state.get('added') ?? 0) + command.add);
        }
        out.collect(`${key} is ${String(count.value())}`);
      });
    },
    onTimer(timestamp, context, out) {
      const added = context.getBroadcastState(totals).get('added') ?? 0;
      out.collect(
        `${context.timeDomain()} ${context.getCurrentKey()}@${String(timestamp)} ${String(count.value())} (${String(added)})`,
      );
    },
  };
}

const counted = (restore?: object): Promise<TwoInputOperatorHarness<string, Command, string>> =>
  TwoInputOperatorHarness.forStreams<string, Command, string>(
    (words, commands) =>
      words
        .keyBy((word) => word.charAt(0))
        .connect(commands.broadcast(new MapStateDescriptor<string, number>('totals')))
        .process(counting, { uid: 'count' }),
    restore,
  );

describe('flink 1.4 broadcast state: KeyedBroadcastProcessFunction', () => {
  test('applyToKeyedState visits every key that has something, with the state scoped to it', async () => {
    const harness = await counted();
    for (const word of ['a1', 'b1', 'a2']) await harness.processElement1(word);
    await harness.processElement2({ add: 10 });
    await harness.processElement1('c1');
    await harness.processElement1('a3');
    expect([...harness.output().slice(0, 3)]).toEqual(['a 1 (0)', 'b 1 (0)', 'a 2 (0)']);
    expect([...harness.output().slice(3, 5)].sort()).toEqual(['a is 12', 'b is 11']);
    expect(harness.output().slice(5)).toEqual(['c 1 (20)', 'a 13 (20)']);
  });

  test('a visit may clear the state that it visits', async () => {
    const harness = await counted();
    for (const word of ['a', 'b', 'c']) await harness.processElement1(word);
    expect(harness.numKeyedStateEntries()).toBe(3);
    await harness.processElement2({ reset: true });
    expect(harness.numKeyedStateEntries()).toBe(0);
    await harness.processElement2({ reset: true });
    expect([harness.output().length, harness.failures]).toEqual([6, []]);
  });

  test('timers of elements fire with key, keyed state and read access to the broadcast state', async () => {
    const harness = await counted();
    await harness.processElement1('a');
    await harness.processElement1('ab');
    await harness.processElement2({ add: 5 });
    await harness.processWatermark(20);
    expect(harness.output().slice(3)).toEqual(['EVENT_TIME a@10 7 (5)', 'EVENT_TIME a@20 7 (5)']);
  });

  test('keyed state, broadcast state and timers are back after a restore', async () => {
    const before = await counted();
    await before.processElement1('a');
    await before.processElement2({ add: 5 });
    const after = await counted({ restore: await before.snapshot() });
    await after.processElement1('a');
    await after.processWatermark(10);
    expect(after.output()).toEqual(['a 7 (5)', 'EVENT_TIME a@10 7 (5)']);
  });

  test.each([
    ['the state of a key, as there is none', 'state', 'ERR_STATE_OUTSIDE_CALL'],
    ['a state that was not asked for in open', 'unknown', 'ERR_STATE_UNKNOWN'],
    ['a state by a descriptor of another kind', 'kind', 'ERR_STATE_UNKNOWN'],
  ] as const)('a broadcast element cannot use %s', async (_, misuse, code) => {
    const harness = await counted();
    await harness.processElement1('a');
    await harness.processElement2({ misuse });
    expect(harness.failures).toMatchObject([{ cause: { code } }]);
  });

  test('the empty key of the stream is not mistaken for no key', async () => {
    const harness = await counted();
    await harness.processElement1('');
    await harness.processElement2({ add: 1 });
    await harness.processElement1('');
    expect(harness.output()).toEqual([' 1 (0)', ' is 2', ' 3 (1)']);
  });
});
