import {
  EventTimeSessionWindows,
  SlidingEventTimeWindows,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
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
export const OUTPUTS = [
  'sessions',
  'sliding',
  'tumbling',
  'thirds',
  'pairs',
  'joined',
  'together',
  'reminders',
] as const;

interface Event {
  readonly user: string;
  readonly kind: string;
  readonly at: number;
}

const decoder = new TextDecoder();
const userOf = (event: Event): string => event.user;
const isPlay = ({ kind }: Event): boolean => kind === 'play';
const isPause = ({ kind }: Event): boolean => kind === 'pause';
const timesOf = (events: Iterable<Event>): number[] => [...events].map(({ at }) => at).sort((a, b) => a - b);
const record = (value: string): { key: null; value: string } => ({ key: null, value });

/** A job with each kind of state that operators keep: windows of each kind, joins, timers. */
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
  const plays = events.filter(isPlay).keyBy(userOf);
  const pauses = events.filter(isPause).keyBy(userOf);
  write(
    plays.window(EventTimeSessionWindows.withGap(15)).process<string>(
      {
        process(user, context, elements, out) {
          const { start, end } = context.window();
          out.collect(`${user} ${String(start)}-${String(end)}: ${timesOf(elements).join(',')}`);
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
    events
      .keyBy(userOf)
      .window(TumblingEventTimeWindows.of(25))
      .aggregate<number, number, string>(
        {
          createAccumulator: () => 0,
          add: (_, count) => count + 1,
          getResult: (count) => count,
          merge: (a, b) => a + b,
        },
        {
          process: (user, context, [count], out) =>
            out.collect(`${user} ${String(context.window().start)}: ${String(count)}`),
        },
        { uid: 'tumbling' },
      ),
    'tumbling',
  );
  write(
    events
      .keyBy(userOf)
      .countWindow(3)
      .apply((user, _window, three, out) => out.collect(`${user} ${timesOf(three).join(',')}`), { uid: 'thirds' }),
    'thirds',
  );
  write(
    events
      .filter(isPlay)
      .join(events.filter(isPause))
      .where(userOf)
      .equalTo(userOf)
      .window(TumblingEventTimeWindows.of(40))
      .apply((play, pause) => `${play.user} ${String(play.at)}x${String(pause.at)}`, { uid: 'joined' }),
    'joined',
  );
  write(
    events
      .filter(isPlay)
      .coGroup(events.filter(isPause))
      .where(userOf)
      .equalTo(userOf)
      .window(EventTimeSessionWindows.withGap(10))
      .apply<string>(
        (played, paused, out) => out.collect([played, paused].map((side) => timesOf(side).join(',')).join('|')),
        { uid: 'together' },
      ),
    'together',
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
