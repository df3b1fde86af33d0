import { collectDefaultMetrics } from 'prom-client';
import { liveness, readiness, type HealthAnswer, type HealthBody, type HealthReport } from '../http/health.js';
import { startHttpServer, type HttpServerHandle } from '../http/http-server.js';
import type { ToParent, ToWorker } from '../workers/messages.js';
import { runnerConfig, type Session } from './session.js';

/**
 * Metrics and health of this process: over HTTP where `http.port` is set, to the parent where this is a worker.
 *
 * @throws SetupError when the port cannot be had
 */
export async function startEndpoints(
  session: Session,
  health: () => HealthReport,
): Promise<HttpServerHandle | undefined> {
  const { io, registry, logger, mask } = session;
  const answer = (judge: (report: HealthReport) => HealthAnswer) => (): Promise<HealthBody> => {
    const report = health();
    const { ok, reasons } = judge(report);
    return Promise.resolve({ ok, reasons: reasons.map(mask), ...detail(report) });
  };
  const answers = { metrics: () => registry.metrics(), live: answer(liveness), ready: answer(readiness) };
  if (io.parent !== undefined) {
    const { parent } = io;
    collectDefaultMetrics({ register: registry });
    registry.setDefaultLabels({ process: String(parent.worker) });
    const collect = { ...answers, metrics: () => registry.getMetricsAsJSON() };
    parent.onMessage((message) => {
      const question = message as ToWorker;
      if (question.type !== 'ask') return;
      void collect[question.what]().then((value) => {
        parent.send({ type: 'answer', id: question.id, answer: value } satisfies ToParent);
      });
    });
    return undefined;
  }
  const config = runnerConfig(session);
  const port = config.get('http.port');
  if (port === undefined) return undefined;
  collectDefaultMetrics({ register: registry });
  return startHttpServer({ host: config.get('http.host'), port }, answers, logger);
}

/** What an operator wants to see besides the verdict. */
function detail({ phase, job }: HealthReport): object {
  if (job === undefined) return { phase };
  const { state, since, restarts, tasks } = job;
  return { phase, state, since: new Date(since).toISOString(), restarts, splits: tasks };
}
