// What windows and timers cost an element, state in memory.
import {
  generatorSource,
  JobRunner,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  WatermarkStrategy,
} from '@millrace/core';
import { counting, cpuPer } from './measure.mjs';

const COUNT = 300_000;
const KEYS = 200;
const keyOf = ({ key }) => key;
const count = { createAccumulator: () => 0, add: (_element, sum) => sum + 1, getResult: (sum) => sum };

/** One millisecond an element. */
function start() {
  const env = new StreamExecutionEnvironment({ jobName: 'event-time' });
  const source = generatorSource({ count: COUNT, generate: (i) => ({ key: `key-${i % KEYS}`, at: i }) });
  const watermarks = WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner(({ at }) => at);
  return { env, stream: env.fromSource(source, { uid: 'in', watermarks }) };
}

async function run(env, stream, expected) {
  const sink = counting();
  stream.sinkTo(sink, { uid: 'out' });
  await new JobRunner(env.getStreamGraph(), { checkpoint: { intervalMs: 1_000 } }).run();
  if (sink.seen !== expected) throw new Error(`${sink.seen} results, not ${expected}`);
}

/** @param each elements of a key in one window */
async function windows(each) {
  const { env, stream } = start();
  const size = KEYS * each;
  const counted = stream.keyBy(keyOf).window(TumblingEventTimeWindows.of(size)).aggregate(count, { uid: 'windows' });
  await run(env, counted, KEYS * Math.ceil(COUNT / size));
}

/** One timer for each element, of another time. */
async function timers() {
  const { env, stream } = start();
  const timing = {
    processElement: ({ at }, context) => context.timerService().registerEventTimeTimer(at + 1_000),
    onTimer: (timestamp, _context, out) => out.collect(timestamp),
  };
  await run(env, stream.keyBy(keyOf).process(timing, { uid: 'timers' }), COUNT);
}

async function none() {
  const { env, stream } = start();
  await run(env, stream, COUNT);
}

const work = { windows, timers, none };
export default (runs, how, each) => cpuPer(COUNT, runs, () => work[how](Number(each)));
