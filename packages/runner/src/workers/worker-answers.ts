import type { SavepointPart } from '@millrace/core';
import { AggregatorRegistry } from 'prom-client';
import type { HealthAnswer, HealthBody } from '../http/health.js';
import type { HttpAnswers } from '../http/http-server.js';
import type { Worker } from './worker.js';

/** What a worker says of its part of a savepoint. */
export interface WorkerSavepoint {
  readonly parts?: readonly SavepointPart[];
  readonly error?: string;
}

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
    async savepoint(request) {
      const answers = await Promise.all(workers.map((worker) => worker.ask('savepoint', request)));
      return answers.flatMap((answer, index) => {
        const { parts, error } = (answer ?? { error: 'it has ended' }) as WorkerSavepoint;
        if (parts === undefined) throw new Error(`process ${String(index + 1)}: ${error ?? ''}`);
        return parts;
      });
    },
  };
}
