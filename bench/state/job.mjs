// A keyed count over scattered keys, with its state on LMDB: one process of `state.bench.mjs`.
//   node job.mjs FOLDER KEYS FROM TO INTERVAL_MS TASKS [CACHED]: events FROM to TO; event i is of key i modulo KEYS, scattered
import { JobRunner, StreamExecutionEnvironment, ValueStateDescriptor, generatorSource } from '@millrace/core';
import { embeddedStateBackend } from '@millrace/embedded';
import { scatteredKeys } from '../support/scattered-counts.mjs';

const [folder, ...numbers] = process.argv.slice(2);
const [keys, from, to, intervalMs, splits, cached] = numbers.map(Number);
const options = cached === undefined ? {} : { maxCachedStateEntries: cached };

let first;
let seen = 0;
let wrong = 0;

function counting() {
  let count;
  return {
    open(context) {
      count = context.getState(new ValueStateDescriptor('count'));
    },
    processElement(index) {
      first ??= performance.timeOrigin + performance.now();
      seen += 1;
      const now = (count.value() ?? 0) + 1;
      // What the restart did not bring back, or brought back twice, shows here.
      if (now !== 1 + Math.floor(index / keys)) wrong += 1;
      count.update(now);
    },
  };
}

const env = new StreamExecutionEnvironment({ jobName: 'state-bench' });
env
  .fromSource(generatorSource({ count: to, splits, generate: (index) => index }), { uid: 'events' })
  .keyBy(scatteredKeys(keys))
  .process(counting, { uid: 'count' });

const stateBackend = embeddedStateBackend({ directory: folder });
const begin = performance.now();
await new JobRunner(env.getStreamGraph(), { stateBackend, checkpoint: { intervalMs }, ...options }).run();
const seconds = (performance.now() - begin) / 1000;
await stateBackend.close();
process.stdout.write(`${JSON.stringify({ first, seen, expected: to - from, wrong, seconds })}\n`);
