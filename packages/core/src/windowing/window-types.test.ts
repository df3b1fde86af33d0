import { expect, test } from '@jest/globals';
import {
  CountEvictor,
  CountTrigger,
  DeltaTrigger,
  GlobalWindows,
  OutputTag,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
} from '@millrace/core';
import type { DataStream, SingleOutputStream, TimeWindow, WindowedStream } from '@millrace/core';
import { TestTopics } from '@millrace/core/testing';

interface Click {
  readonly user: string;
  readonly ms: number;
}

type WindowOf<S> = S extends WindowedStream<string, Click, infer W> ? W : never;

/** Never called: what must not compile is marked, and fails the type check where it compiles. */
export function neverCalled(clicks: DataStream<Click>, names: DataStream<string>): void {
  const keyed = clicks.keyBy(({ user }) => user);
  const windows = keyed.window(TumblingEventTimeWindows.of(10));
  const counted: SingleOutputStream<number> = windows.aggregate(
    { createAccumulator: () => 0n, add: (_: Click, count: bigint) => count + 1n, getResult: (count) => Number(count) },
    { uid: 'counts' },
  );
  const described: SingleOutputStream<{ key: string; start: number }> = windows.process(
    {
      process(key, context, elements: Iterable<Click>, out) {
        const window: TimeWindow = context.window();
        for (const _click of elements) out.collect({ key, start: window.start });
      },
    },
    { uid: 'described' },
  );
  // @ts-expect-error the state of windows is kept under a uid
  windows.reduce((a) => a, {});
  // @ts-expect-error a reduce function gives what it takes
  windows.reduce((a) => a.ms, { uid: 'a' });
  // @ts-expect-error late elements are clicks
  windows.sideOutputLateData(new OutputTag<number>('late'));
  // @ts-expect-error the trigger is for other elements
  windows.trigger(DeltaTrigger.of<number>(1, (a, b) => b - a));
  windows.trigger(DeltaTrigger.of<Click>(1, (a, b) => b.ms - a.ms)).evictor(CountEvictor.of(3));
  const global = keyed.window(GlobalWindows.create());
  const hasStart: WindowOf<typeof global> extends { readonly start: number } ? true : false = false;
  const sliding = keyed.countWindow(3, 1);
  const hasTimeout: typeof sliding extends { orTimeout: unknown } ? true : false = false;
  keyed.countWindow(3).orTimeout(5).trigger(CountTrigger.of(2));

  const join = clicks.join(names).where(({ user }) => user);
  const joined: SingleOutputStream<string> = join
    .equalTo((name) => name)
    .window(TumblingEventTimeWindows.of(10))
    .apply((click, name) => click.user + name, { uid: 'c' });
  // @ts-expect-error both keys are of one type
  join.equalTo((name) => name.length);
  // @ts-expect-error keys are strings or numbers
  clicks.join(names).where((click) => click);
  expect([counted, described, global, hasStart, sliding, hasTimeout, joined]).toHaveLength(7);
}

test('types flow through windows: the type check holds it', () => {
  const topics = new TestTopics();
  const env = new StreamExecutionEnvironment({ jobName: 'types' });
  const stream = env.fromSource(topics.source('in'), { uid: 'in' }).keyBy(() => 0);
  expect(() => stream.countWindow(0)).toThrow(RangeError);
});
