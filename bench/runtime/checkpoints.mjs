// A count for each of many keys, kept on LMDB: filling it, coming back to it, and a checkpoint of 10,000 changes.
import { JobRunner, StreamExecutionEnvironment, generatorSource } from '@millrace/core';
import { embeddedStateBackend } from '@millrace/embedded';
import { checkedCounts, scatteredKeys } from '../support/scattered-counts.mjs';
import { counting } from './measure.mjs';

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
  const counts = checkedCounts(Number(keys));
  const sink = counting();
  env
    .fromSource(generatorSource({ count: Number(to), generate: (i) => i }), { uid: 'in' })
    .keyBy(scatteredKeys(Number(keys)))
    .process(counts.create, { uid: 'count' })
    .sinkTo(sink, { uid: 'out' });
  const stateBackend = embeddedStateBackend({ directory: folder });
  const { found, backend } = timed(stateBackend);
  const options = { stateBackend: backend, checkpoint: { intervalMs: Number(intervalMs) } };
  await new JobRunner(env.getStreamGraph(), options).run();
  await stateBackend.close();
  if (counts.found.wrong > 0) throw new Error(`${counts.found.wrong} wrong counts`);
  const { user, system } = process.cpuUsage();
  return {
    seen: sink.seen,
    toFirstMs: counts.found.first - started,
    longestWriteMs: found.longestWriteMs,
    cpuSeconds: (user + system) / 1e6,
  };
}
