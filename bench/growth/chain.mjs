// Synchronous operators one after another, fused: the cost of one of them for one element.
import { generatorSource, JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { steps } from '../runtime/functions.mjs';
import { counting } from '../runtime/measure.mjs';

const COUNT = 300_000;
export const warmUp = 20;

export async function prepare(length) {
  const run = async () => {
    const env = new StreamExecutionEnvironment({ jobName: 'chain' });
    let stream = env.fromSource(generatorSource({ count: COUNT, generate: (i) => ({ id: i, n: i }) }), { uid: 'in' });
    for (let i = 0; i < length; i += 1) {
      const { map, filter } = steps[i % steps.length];
      stream = map ? stream.map(map) : stream.filter(filter);
    }
    const sink = counting();
    stream.sinkTo(sink, { uid: 'out' });
    await new JobRunner(env.getStreamGraph()).run();
    if (sink.seen !== COUNT) throw new Error(`${sink.seen} of ${COUNT} elements came through`);
  };
  const [curve, of] = ['chain of operators', 'operators'];
  const measure = { curve, of, unit: 'operator and element', units: COUNT * length, isRepeatable: true, run };
  return { measures: [measure] };
}
