import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { millrace, node } from '../support/millrace.mjs';

const probe = new URL('../support/client-probe.mjs', import.meta.url).href;
const floorScript = new URL('floor.mjs', import.meta.url).pathname;

/**
 * Runs the floor or the job over one input topic; both as whole processes, watched by the same probe.
 *
 * @param more flags of the job
 * @param mayRepeat whether requests can be done twice, as where partitions move from one process to another
 */
export async function runContestant(contestant, environment, names, options) {
  const { requests, concurrency, more = [], mayRepeat = false } = options;
  let repeated = 0;
  const folder = mkdtempSync(join(environment.folder, 'probe-'));
  const env = { BENCH_CLIENT_PROBE: folder, BENCH_KEYSPACE: environment.name, NODE_OPTIONS: `--import ${probe}` };
  if (contestant === 'floor') {
    await node([floorScript, JSON.stringify(environment.settings(names, { requests, concurrency }))], env);
  } else {
    const flags = ['--until-drained', '--summary', 'json', '--set', `task.max-in-flight=${concurrency}`, ...more];
    const stdout = await millrace(['run', 'reconciliation', ...flags, ...environment.flags(names)], env);
    const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1));
    repeated = summary.processed - requests;
    const isRight = mayRepeat ? repeated >= 0 : repeated === 0;
    if (!isRight) throw new Error(`the job processed ${summary.processed} of ${requests}`);
  }
  const probed = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const sum = (name) => probed.reduce((total, each) => total + each[name], 0);
  const atWork = probed.filter(({ firstAt }) => firstAt !== undefined);
  const beganAt = Math.min(...atWork.map(({ firstAt }) => firstAt));
  const workSeconds = (Math.max(...atWork.map(({ lastAt }) => lastAt)) - beganAt) / 1_000;
  return {
    requestsPerSecond: requests / workSeconds,
    cpuMillisecondsPerRequest: (sum('workCpuSeconds') * 1_000) / requests,
    wholeCpuMillisecondsPerRequest: (sum('cpuSeconds') * 1_000) / requests,
    peakMegabytes: sum('peakMegabytes'),
    processes: atWork.length,
    repeated,
    statements: ['selects', 'updates', 'batches', 'batched'].map(sum),
  };
}
