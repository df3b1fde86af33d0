// Preloaded into a measured process, floor or job, and into those that it forks: when its first statement began and its
// last one was answered, how many there were, and what the operating system counted for the process until then and in
// between. Each process leaves a file of its own in the folder.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryOf } from './process-status.mjs';

const folder = process.env.BENCH_CLIENT_PROBE;
const keyspace = process.env.BENCH_KEYSPACE;
if (folder !== undefined && keyspace !== undefined) {
  const { Client } = createRequire(new URL('../../packages/cassandra/package.json', import.meta.url))(
    'cassandra-driver',
  );
  const counts = { selects: 0, updates: 0, batches: 0, batched: 0 };
  const seen = { firstAt: undefined, lastAt: 0, firstCpu: 0, lastCpu: 0 };
  const now = () => performance.timeOrigin + performance.now();
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const begin = () => {
    if (seen.firstAt !== undefined) return;
    seen.firstAt = now();
    seen.firstCpu = cpu();
  };
  let pending = 0;
  const end = () => {
    pending -= 1;
    seen.lastAt = now();
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
      join(folder, `${process.pid}.json`),
      JSON.stringify({
        ...counts,
        // Of one clock for all processes of the machine; none where the process only starts others.
        ...(seen.firstAt === undefined ? {} : { firstAt: seen.firstAt, lastAt: seen.lastAt }),
        workCpuSeconds: seen.lastCpu - seen.firstCpu,
        cpuSeconds: cpu(),
        peakMegabytes: memoryOf().peakMegabytes,
      }),
    );
  });
}
