// Preloaded into a measured process, floor or job: when its first statement began and its last one was answered, how many
// there were, and what the operating system counted for the process until then and in between.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { memoryOf } from './process-status.mjs';

const file = process.env.BENCH_CLIENT_PROBE;
const keyspace = process.env.BENCH_KEYSPACE;
if (file !== undefined && keyspace !== undefined) {
  const { Client } = createRequire(new URL('../../packages/cassandra/package.json', import.meta.url))(
    'cassandra-driver',
  );
  const counts = { selects: 0, updates: 0, batches: 0, batched: 0 };
  const seen = { firstAt: undefined, lastAt: 0, firstCpu: 0, lastCpu: 0 };
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const begin = () => {
    if (seen.firstAt !== undefined) return;
    seen.firstAt = performance.now();
    seen.firstCpu = cpu();
  };
  let pending = 0;
  const end = () => {
    pending -= 1;
    seen.lastAt = performance.now();
    if (pending === 0) seen.lastCpu = cpu();
  };
  const watched = (promise) => {
    pending += 1;
    promise.then(end, end);
    return promise;
  };
  const { execute, batch } = Client.prototype;
  Client.prototype.execute = function (query, ...rest) {
    if (!query.includes(`"${keyspace}"`)) return execute.call(this, query, ...rest);
    begin();
    counts[query.startsWith('SELECT') ? 'selects' : 'updates'] += 1;
    return watched(execute.call(this, query, ...rest));
  };
  Client.prototype.batch = function (queries, ...rest) {
    begin();
    counts.batches += 1;
    counts.batched += queries.length;
    return watched(batch.call(this, queries, ...rest));
  };
  process.on('exit', () => {
    writeFileSync(
      file,
      JSON.stringify({
        ...counts,
        workSeconds: (seen.lastAt - seen.firstAt) / 1_000,
        workCpuSeconds: seen.lastCpu - seen.firstCpu,
        cpuSeconds: cpu(),
        peakMegabytes: memoryOf().peakMegabytes,
      }),
    );
  });
}
