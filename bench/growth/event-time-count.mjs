import { generatorSource, JobRunner, StreamExecutionEnvironment, WatermarkStrategy } from '@millrace/core';
import { counting } from '../runtime/measure.mjs';

const keyOf = ({ key }) => key;
const count = {
  createAccumulator: () => 0,
  add: (_element, sum) => sum + 1,
  getResult: (sum) => sum,
  merge: (first, second) => first + second,
};

/** One element each millisecond, over the keys in turn, counted in windows; all must be in one. */
export async function countInWindows(elements, keys, assigner) {
  const env = new StreamExecutionEnvironment({ jobName: 'windows' });
  const source = generatorSource({ count: elements, generate: (i) => ({ key: `key-${i % keys}`, at: i }) });
  const watermarks = WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner(({ at }) => at);
  const sink = counting();
  let counted = 0;
  env
    .fromSource(source, { uid: 'in', watermarks })
    .keyBy(keyOf)
    .window(assigner)
    .aggregate(count, { uid: 'windows' })
    .map((sum) => {
      counted += sum;
      return sum;
    })
    .sinkTo(sink, { uid: 'out' });
  await new JobRunner(env.getStreamGraph(), { checkpoint: { intervalMs: 1_000 } }).run();
  if (counted !== elements) throw new Error(`${counted} of ${elements} elements were in ${sink.seen} windows`);
}
