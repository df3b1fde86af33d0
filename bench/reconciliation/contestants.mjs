import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { millrace, node } from '../support/millrace.mjs';

const probe = new URL('../support/client-probe.mjs', import.meta.url).href;
const floorScript = new URL('floor.mjs', import.meta.url).pathname;

/** Runs the floor or the job over one input topic; both as whole processes, watched by the same probe. */
export async function runContestant(contestant, environment, names, { requests, concurrency, more = [] }) {
  const file = join(environment.folder, 'probe.json');
  const env = { BENCH_CLIENT_PROBE: file, BENCH_KEYSPACE: environment.name, NODE_OPTIONS: `--import ${probe}` };
  if (contestant === 'floor') {
    await node([floorScript, JSON.stringify(environment.settings(names, { requests, concurrency }))], env);
  } else {
    const flags = ['--until-drained', '--summary', 'json', '--set', `task.max-in-flight=${concurrency}`, ...more];
    const stdout = await millrace(['run', 'reconciliation', ...flags, ...environment.flags(names)], env);
    const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1));
    if (summary.processed !== requests) throw new Error(`the job processed ${summary.processed} of ${requests}`);
  }
  const probed = JSON.parse(readFileSync(file, 'utf8'));
  return {
    requestsPerSecond: requests / probed.workSeconds,
    cpuMillisecondsPerRequest: (probed.workCpuSeconds * 1_000) / requests,
    wholeCpuMillisecondsPerRequest: (probed.cpuSeconds * 1_000) / requests,
    peakMegabytes: probed.peakMegabytes,
    statements: [probed.selects, probed.updates, probed.batches, probed.batched],
  };
}
