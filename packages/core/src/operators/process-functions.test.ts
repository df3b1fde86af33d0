import { describe, expect, test } from '@jest/globals';
import { MIN_WATERMARK, OutputTag, ValueStateDescriptor } from '@millrace/core';
import type { KeyedProcessFunction, OnTimerContext, TimerService, ValueState } from '@millrace/core';
import { ManualClock, OperatorHarness } from '@millrace/core/testing';

const byFirst = (word: string): string => word[0] ?? '';

/** Sets a timer of each domain 10 ms after the element, and says what is known when it fires. */
function reminding(): KeyedProcessFunction<string, string, string> {
  let last: ValueState<string>;
  return {
    open(context) {
      last = context.getState(new ValueStateDescriptor<string>('last'));
    },
    processElement(word, context) {
      last.update(word);
      const timers = context.timerService();
      timers.registerEventTimeTimer((context.timestamp() ?? 0) + 10);
      timers.registerProcessingTimeTimer(timers.currentProcessingTime() + 10);
    },
    onTimer(timestamp, context, out) {
      const said = [context.timeDomain(), context.getCurrentKey(), timestamp, context.timestamp(), last.value()];
      out.collect(said.map(String).join(' '));
    },
  };
}

describe('flink 1.3 process functions: onTimer', () => {
  test('knows key, time, domain and state of the timer’s key; event-time output carries the timer’s timestamp, processing-time output none', async () => {
    const harness = await OperatorHarness.forKeyedProcess(byFirst, reminding());
    await harness.processElement('apple', 100);
    await harness.processElement('bread', 105);
    await harness.processWatermark(112);
    await harness.advance(10);
    expect(harness.records()).toEqual([
      { value: 'EVENT_TIME a 110 110 apple', timestamp: 110 },
      { value: 'PROCESSING_TIME a 10 10 apple', timestamp: undefined },
      { value: 'PROCESSING_TIME b 10 10 bread', timestamp: undefined },
    ]);
    await harness.processWatermark(200);
    expect(harness.output().at(-1)).toBe('EVENT_TIME b 115 115 bread');
    expect([harness.numEventTimeTimers(), harness.numProcessingTimeTimers(), harness.failures]).toEqual([0, 0, []]);
  });

  test('registering the same timer twice calls it once; a deleted one is not called', async () => {
    const harness = await OperatorHarness.forKeyedProcess<string, string, string>(byFirst, {
      processElement(word, context) {
        const timers = context.timerService();
        if (word.endsWith('-')) timers.deleteEventTimeTimer(50);
        else timers.registerEventTimeTimer(50);
        timers.deleteProcessingTimeTimer(50);
      },
      onTimer: (timestamp, context, out) => out.collect(`${context.getCurrentKey()}@${String(timestamp)}`),
    });
    for (const word of ['a', 'a', 'b', 'c', 'c-', 'd-']) await harness.processElement(word);
    expect(harness.numEventTimeTimers()).toBe(2);
    await harness.processWatermark(50);
    expect(harness.output()).toEqual(['a@50', 'b@50']);
  });

  test('everything that a watermark causes is emitted before the watermark itself', async () => {
    const harness = await OperatorHarness.forStream<string, string>((words) =>
      words
        .keyBy(byFirst)
        .process<string>(
          {
            processElement: (_word, context) => {
              context.timerService().registerEventTimeTimer(10);
            },
            onTimer: (_timestamp, context, out) => {
              out.collect(context.getCurrentKey());
            },
          },
          { uid: 'remind' },
        )
        .process<string>({
          processElement: (key, context, out) => {
            out.collect(`${key} at watermark ${String(context.timerService().currentWatermark())}`);
          },
        }),
    );
    await harness.processElement('apple');
    await harness.processWatermark(5);
    await harness.processElement('bread');
    await harness.processWatermark(20);
    expect(harness.output()).toEqual(['a at watermark 5', 'b at watermark 5']);
    expect(harness.watermarks()).toEqual([5, 20]);
  });

  test('sees the watermark that made it due', async () => {
    const seen: number[] = [];
    const harness = await OperatorHarness.forKeyedProcess<string, string, string>(byFirst, {
      processElement(_word, context) {
        seen.push(context.timerService().currentWatermark());
        context.timerService().registerEventTimeTimer(10);
      },
      onTimer(_timestamp, context) {
        seen.push(context.timerService().currentWatermark());
      },
    });
    await harness.processElement('a');
    await harness.processWatermark(77);
    expect(seen).toEqual([MIN_WATERMARK, 77]);
  });

  test('can emit to side outputs, with the same timestamps', async () => {
    const tag = new OutputTag<string>('side');
    const harness = await OperatorHarness.forStream<string, string>((words) => {
      const main = words.keyBy(byFirst).process<string>(
        {
          processElement: (_word, context) => {
            context.timerService().registerEventTimeTimer(10);
          },
          onTimer: (_timestamp, context) => {
            context.output(tag, context.getCurrentKey());
          },
        },
        { uid: 'remind' },
      );
      return main.getSideOutput(tag).process<string>({
        processElement: (key, context, out) => out.collect(`${key}@${String(context.timestamp())}`),
      });
    });
    await harness.processElement('apple', 3);
    await harness.processWatermark(20);
    expect(harness.output()).toEqual(['a@10']);
  });

  test('is not called inside processElement, nor processElement inside it: a due timer waits until the call is over', async () => {
    let depth = 0;
    let deepest = 0;
    const enter = (): void => {
      depth += 1;
      deepest = Math.max(deepest, depth);
    };
    const harness = await OperatorHarness.forKeyedProcess<string, string, string>(byFirst, {
      processElement(word, context, out) {
        enter();
        context.timerService().registerProcessingTimeTimer(0); // has passed
        out.collect(word);
        depth -= 1;
      },
      onTimer(_timestamp, _context, out) {
        enter();
        out.collect('timer');
        depth -= 1;
      },
    });
    for (const word of ['a', 'b']) await harness.processElement(word);
    expect([harness.output(), deepest]).toEqual([['a', 'timer', 'b', 'timer'], 1]);
  });

  test('a function without onTimer may set timers; they fire without effect', async () => {
    const harness = await OperatorHarness.forKeyedProcess<string, string, string>(byFirst, {
      processElement: (_word, context) => {
        context.timerService().registerEventTimeTimer(1);
      },
    });
    await harness.processElement('a');
    await harness.processWatermark(1);
    expect([harness.numEventTimeTimers(), harness.failures]).toEqual([0, []]);
  });

  test('what it throws fails the job attempt, whatever the policy says of elements', async () => {
    const harness = await OperatorHarness.forKeyedProcess<string, string, string>(
      byFirst,
      {
        processElement: (_word, context) => {
          context.timerService().registerEventTimeTimer(1);
        },
        onTimer: () => {
          throw new Error('broken');
        },
      },
      { errors: { onEventError: 'skip' } },
    );
    await harness.processElement('a');
    await harness.processWatermark(1);
    expect(harness.failures).toMatchObject([{ code: 'ERR_OPERATOR_FAILED', message: 'test-operator: broken' }]);
  });

  test('of processing time that is not due at the end of the input does not fire', async () => {
    const harness = await OperatorHarness.forKeyedProcess(byFirst, reminding());
    await harness.processElement('apple', 100);
    await harness.endInput();
    expect([harness.output(), harness.numProcessingTimeTimers()]).toEqual([['EVENT_TIME a 110 110 apple'], 1]);
  });

  test('may not answer later', async () => {
    const harness = await OperatorHarness.forKeyedProcess<string, string, string>(byFirst, {
      processElement: (_word, context) => {
        context.timerService().registerEventTimeTimer(1);
      },
      onTimer: (): unknown => Promise.reject(new Error('later')),
    });
    await harness.processElement('a');
    await harness.processWatermark(1);
    expect((harness.failures[0] as Error).message).toContain('onTimer returned a promise');
  });
});

describe('flink 1.3 process functions: timers and keyed state are checkpointed together', () => {
  test('timers are back after a restore; due ones of the clock fire at once, with the state of their key', async () => {
    const before = await OperatorHarness.forKeyedProcess(byFirst, reminding());
    await before.processElement('apple', 100);
    await before.advance(5);
    await before.processElement('bread', 100);
    const restore = await before.snapshot();
    await before.close();

    const after = await OperatorHarness.forKeyedProcess(byFirst, reminding(), { restore, clock: new ManualClock(12) });
    await after.settled();
    expect(after.output()).toEqual(['PROCESSING_TIME a 10 10 apple']);
    await after.advance(3);
    await after.processWatermark(110);
    expect(after.output().slice(1)).toEqual([
      'PROCESSING_TIME b 15 15 bread',
      'EVENT_TIME a 110 110 apple',
      'EVENT_TIME b 110 110 bread',
    ]);
  });

  test('nothing of the clock is left behind when the operator is closed', async () => {
    const clock = new ManualClock();
    const harness = await OperatorHarness.forKeyedProcess(byFirst, reminding(), { clock });
    await harness.processElement('a', 1);
    expect(clock.pendingTimers).toBe(1);
    await harness.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('flink 1.3 process functions: timers only on keyed streams', () => {
  test.each([
    ['registerEventTimeTimer', 'Setting timers is only supported on a keyed streams.'],
    ['registerProcessingTimeTimer', 'Setting timers is only supported on a keyed streams.'],
    ['deleteEventTimeTimer', 'Deleting timers is only supported on a keyed streams.'],
    ['deleteProcessingTimeTimer', 'Deleting timers is only supported on a keyed streams.'],
  ] as const)('%s fails elsewhere', async (method, message) => {
    const harness = await OperatorHarness.forProcess<string, string>({
      processElement: (_word, context) => {
        context.timerService()[method](1);
      },
    });
    await harness.processElement('a');
    expect(harness.failures).toMatchObject([
      { message: `test-operator: ${message}`, cause: { code: 'ERR_TIMERS_NOT_KEYED' } },
    ]);
  });

  test('time can be asked for everywhere', async () => {
    const harness = await OperatorHarness.forProcess<string, string>(
      {
        processElement: (_word, context, out) => {
          const timers = context.timerService();
          out.collect(`${String(timers.currentProcessingTime())} ${String(timers.currentWatermark())}`);
        },
      },
      { clock: new ManualClock(5) },
    );
    await harness.processWatermark(3);
    await harness.processElement('a');
    expect(harness.output()).toEqual(['5 3']);
  });
});

describe('flink 1.3 process functions: a context is that of the call in hand', () => {
  test('timers, key, time and outputs are refused after the call', async () => {
    let kept: OnTimerContext<string> | undefined;
    let timers: TimerService | undefined;
    const harness = await OperatorHarness.forKeyedProcess<string, string, string>(byFirst, {
      processElement: (_word, context) => {
        kept = context as OnTimerContext<string>;
        timers = context.timerService();
        expect(() => kept?.timeDomain()).toThrow('valid during the call only');
      },
    });
    await harness.processElement('a');
    expect(harness.failures).toEqual([]);
    for (const use of [
      () => kept?.getCurrentKey(),
      () => kept?.timestamp(),
      () => kept?.timerService(),
      () => kept?.output(new OutputTag<string>('x'), ''),
      () => timers?.registerEventTimeTimer(1),
      () => timers?.registerProcessingTimeTimer(1),
      () => timers?.deleteEventTimeTimer(1),
      () => timers?.deleteProcessingTimeTimer(1),
    ]) {
      expect(use).toThrow('valid during the call only');
    }
  });
});
