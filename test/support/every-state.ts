import {
  EventTimeSessionWindows,
  SlidingEventTimeWindows,
  StreamExecutionEnvironment,
  ValueStateDescriptor,
  WatermarkStrategy,
} from '@millrace/core';
import type { ConsumerRecord, DataStream, KeyedProcessFunction, StreamGraph, ValueState } from '@millrace/core';
import type { InputRecord, TestTopics } from '@millrace/core/testing';
import fc from 'fast-check';

/** How far records may be out of order; none is late, for lateness depends on where a restart was. */
const DISORDER_MS = 20;
const LAST_MS = 10_000;

/** Topics that `everyState` writes to. */
export const OUTPUTS = ['sessions', 'sliding', 'pairs', 'reminders'] as const;

interface Event {
  readonly user: string;
  readonly kind: string;
  readonly at: number;
}

const decoder = new TextDecoder();
const userOf = (event: Event): string => event.user;
const record = (value: string): { key: null; value: string } => ({ key: null, value });

/** A job with each kind of state that operators keep: merging and sliding windows, an interval join, timers. */
export function everyState(topics: TestTopics): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'every-state' });
  const watermarks = WatermarkStrategy.forBoundedOutOfOrderness<ConsumerRecord>(DISORDER_MS);
  const events = env
    .fromSource(topics.source('in'), { uid: 'in', watermarks })
    .map(({ key, value, timestamp }): Event => ({
      user: decoder.decode(key ?? undefined),
      kind: decoder.decode(value ?? undefined),
      at: timestamp ?? 0,
    }));
  const write = (stream: DataStream<string>, topic: (typeof OUTPUTS)[number]): void => {
    stream.map(record).sinkTo(topics.sink(topic), { uid: `to-${topic}` });
  };
  const plays = events.filter(({ kind }) => kind === 'play').keyBy(userOf);
  const pauses = events.filter(({ kind }) => kind === 'pause').keyBy(userOf);
  write(
    plays.window(EventTimeSessionWindows.withGap(15)).process<string>(
      {
        process(user, context, elements, out) {
          const times = [...elements].map(({ at }) => at).sort((a, b) => a - b);
          out.collect(`${user} ${String(context.window().start)}-${String(context.window().end)}: ${times.join(',')}`);
        },
      },
      { uid: 'sessions' },
    ),
    'sessions',
  );
  write(
    events
      .keyBy(userOf)
      .window(SlidingEventTimeWindows.of(30, 10))
      .reduce((a, b) => ({ ...a, kind: 'sum', at: a.at + b.at }), { uid: 'sliding' })
      .map(({ user, at }) => `${user} ${String(at)}`),
    'sliding',
  );
  write(
    plays
      .intervalJoin(pauses)
      .between(-5, 20)
      .process<string>(
        { processElement: (play, pause, _context, out) => out.collect(`${play.user} ${play.at}+${pause.at}`) },
        { uid: 'pairs' },
      ),
    'pairs',
  );
  write(events.keyBy(userOf).process(reminding, { uid: 'reminders' }), 'reminders');
  return env.getStreamGraph();
}

/** Counts the user's events, and tells the count 25 ms after each. */
function reminding(): KeyedProcessFunction<string, Event, string> {
  let count: ValueState<number>;
  return {
    open: (context) => void (count = context.getState(new ValueStateDescriptor<number>('count'))),
    processElement(event, context) {
      count.update((count.value() ?? 0) + 1);
      context.timerService().registerEventTimeTimer(event.at + 25);
    },
    onTimer: (timestamp, context, out) => out.collect(`${context.getCurrentKey()} ${String(timestamp)}`),
  };
}

/** Random records of three users, out of order, and at the end one for each that closes all windows. */
export const anyRecords = fc
  .array(
    fc.record({
      user: fc.constantFrom('ada', 'ben', 'cleo'),
      kind: fc.constantFrom('play', 'pause'),
      step: fc.integer({ min: 0, max: 25 }),
      back: fc.integer({ min: 0, max: DISORDER_MS - 1 }),
    }),
    { minLength: 4, maxLength: 12 },
  )
  .map((events): InputRecord[] => {
    let now = 1_000;
    const records = events.map(({ user, kind, step, back }): InputRecord => {
      now += step;
      return { topic: 'in', key: user, value: kind, timestamp: now - back };
    });
    for (const key of ['ada', 'ben', 'cleo']) records.push({ topic: 'in', key, value: 'end', timestamp: LAST_MS });
    return records;
  });
