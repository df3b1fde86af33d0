import { generatorSource, JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { counting } from '../runtime/measure.mjs';
import { checkedCounts, scatteredKeys } from '../support/scattered-counts.mjs';

const UPDATES = 200_000;

/** A count for each of `keys` keys: first each once, then more updates of known ones, in one job that stops between. */
export function keyedCount(keys, stateBackend, name) {
  const fill = () => play(keys, 0, keys, stateBackend, name);
  return { fill, units: { fill: keys, update: UPDATES }, update: () => play(keys, keys, UPDATES, stateBackend, name) };
}

/** Events `from` to `from + more`; with a backend that keeps the position the first of them are not made again. */
async function play(keys, from, more, stateBackend, name) {
  const env = new StreamExecutionEnvironment({ jobName: name });
  const { found, create } = checkedCounts(keys);
  const sink = counting();
  env
    .fromSource(generatorSource({ count: from + more, generate: (i) => i }), { uid: 'in' })
    .keyBy(scatteredKeys(keys))
    .process(create, { uid: 'count' })
    .sinkTo(sink, { uid: 'out' });
  const options = { checkpoint: { intervalMs: 1_000 }, ...(stateBackend === undefined ? {} : { stateBackend }) };
  await new JobRunner(env.getStreamGraph(), options).run();
  const expected = stateBackend === undefined ? from + more : more;
  if (found.wrong > 0 || sink.seen !== expected) {
    throw new Error(`${sink.seen} of ${expected} events, ${found.wrong} wrong counts`);
  }
}
