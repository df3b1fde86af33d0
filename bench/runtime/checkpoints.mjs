// A count for each of many keys, kept on LMDB: filling it, coming back to it, and a checkpoint of 10,000 changes.
import { JobRunner, StreamExecutionEnvironment, generatorSource, ValueStateDescriptor } from '@millrace/core';
import { embeddedStateBackend } from '@millrace/embedded';
import { counting } from './measure.mjs';

/** Neighbours in time are far from each other in the file; a prime meets every key once in a round. */
const keyOf = (keys) => (i) =>
  `learner-${String(Number((BigInt(i) * 2_654_435_761n) % BigInt(keys))).padStart(10, '0')}`;

/** The backend, with the time that its longest write took: the job's last checkpoint may have nothing to write. */
function timed(backend) {
  const found = { longestWriteMs: 0 };
  const claim = async (owner) => {
    const claimed = await backend.claim(owner);
    return {
      snapshot: claimed.snapshot,
      isLargerThanMemory: claimed.isLargerThanMemory,
      get: (key) => claimed.get(key),
      scan: (prefix, after) => claimed.scan(prefix, after),
      async write(changes) {
        const started = performance.now();
        await claimed.write(changes);
        found.longestWriteMs = Math.max(found.longestWriteMs, performance.now() - started);
      },
    };
  };
  return { found, backend: { claim, owners: (name) => backend.owners(name), read: (owner) => backend.read(owner) } };
}

/** Events `from` to `to` of a stream that goes round over the keys; the state says where it goes on. */
export default async function run(_runs, folder, keys, to, intervalMs) {
  const env = new StreamExecutionEnvironment({ jobName: 'checkpoints' });
  const started = performance.now();
  let first;
  let wrong = 0;
  const fn = () => {
    let state;
    return {
      open: (context) => {
        state = context.getState(new ValueStateDescriptor('count'));
      },
      processElement: (i, _context, out) => {
        first ??= performance.now();
        const now = (state.value() ?? 0) + 1;
        if (now !== 1 + Math.floor(i / Number(keys))) wrong += 1;
        state.update(now);
        out.collect(now);
      },
    };
  };
  const sink = counting();
  env
    .fromSource(generatorSource({ count: Number(to), generate: (i) => i }), { uid: 'in' })
    .keyBy(keyOf(Number(keys)))
    .process(fn, { uid: 'count' })
    .sinkTo(sink, { uid: 'out' });
  const stateBackend = embeddedStateBackend({ directory: folder });
  const { found, backend } = timed(stateBackend);
  const options = { stateBackend: backend, checkpoint: { intervalMs: Number(intervalMs) } };
  await new JobRunner(env.getStreamGraph(), options).run();
  await stateBackend.close();
  if (wrong > 0) throw new Error(`${wrong} wrong counts`);
  const { user, system } = process.cpuUsage();
  return {
    seen: sink.seen,
    toFirstMs: first - started,
    longestWriteMs: found.longestWriteMs,
    cpuSeconds: (user + system) / 1e6,
  };
}
