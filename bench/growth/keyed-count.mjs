import { generatorSource, JobRunner, StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import { counting } from '../runtime/measure.mjs';

const UPDATES = 200_000;

/** Neighbours in time are far from each other; a prime meets every key once in a round. */
const keyOf = (keys) => (i) =>
  `learner-${String(Number((BigInt(i) * 2_654_435_761n) % BigInt(keys))).padStart(10, '0')}`;

/** A count for each of `keys` keys: first each once, then more updates of known ones, in one job that stops between. */
export function keyedCount(keys, stateBackend, name) {
  const fill = () => play(keys, 0, keys, stateBackend, name);
  return { fill, units: { fill: keys, update: UPDATES }, update: () => play(keys, keys, UPDATES, stateBackend, name) };
}

/** Events `from` to `from + more`; with a backend that keeps the position the first of them are not made again. */
async function play(keys, from, more, stateBackend, name) {
  const env = new StreamExecutionEnvironment({ jobName: name });
  let wrong = 0;
  const fn = () => {
    let state;
    return {
      open: (context) => {
        state = context.getState(new ValueStateDescriptor('count'));
      },
      processElement: (i, _context, out) => {
        const now = (state.value() ?? 0) + 1;
        if (now !== 1 + Math.floor(i / keys)) wrong += 1;
        state.update(now);
        out.collect(now);
      },
    };
  };
  const sink = counting();
  env
    .fromSource(generatorSource({ count: from + more, generate: (i) => i }), { uid: 'in' })
    .keyBy(keyOf(keys))
    .process(fn, { uid: 'count' })
    .sinkTo(sink, { uid: 'out' });
  const options = { checkpoint: { intervalMs: 1_000 }, ...(stateBackend === undefined ? {} : { stateBackend }) };
  await new JobRunner(env.getStreamGraph(), options).run();
  const expected = stateBackend === undefined ? from + more : more;
  if (wrong > 0 || sink.seen !== expected) throw new Error(`${sink.seen} of ${expected} events, ${wrong} wrong counts`);
}
