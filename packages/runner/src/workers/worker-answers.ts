import { AggregatorRegistry } from 'prom-client';
import type { HealthAnswer, HealthBody } from '../http/health.js';
import type { HttpAnswers } from '../http/http-server.js';
import type { Worker } from './worker.js';

/** Endpoints of the parent: metrics of all workers (label `process`), healthy when all of them are. */
export function answersOf(workers: readonly Worker[]): HttpAnswers {
  const health = async (what: 'live' | 'ready'): Promise<HealthBody> => {
    const answers = await Promise.all(workers.map((worker) => worker.ask(what) as Promise<HealthAnswer | undefined>));
    const reasons = answers.flatMap((answer, index) => {
      const name = `process ${String(index + 1)}`;
      return answer === undefined ? [`${name} does not answer`] : answer.reasons.map((reason) => `${name}: ${reason}`);
    });
    return { ok: answers.every((answer) => answer?.ok === true), reasons, processes: answers };
  };
  return {
    async metrics() {
      const all = await Promise.all(workers.map((worker) => worker.ask('metrics')));
      const known = all.filter((metrics) => metrics !== undefined) as object[][];
      return AggregatorRegistry.aggregate(known).metrics();
    },
    live: () => health('live'),
    ready: () => health('ready'),
  };
}
