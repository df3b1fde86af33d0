import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { messageOf } from '@millrace/core';
import { collectDefaultMetrics } from 'prom-client';
import { liveness, readiness, type HealthAnswer, type HealthBody, type HealthReport } from '../http/health.js';
import { startHttpServer, type HttpAnswers } from '../http/http-server.js';
import { announceControl } from '../savepoint/control-file.js';
import type { SavepointRequest, SavepointTaker } from '../savepoint/savepoint-request.js';
import type { ToParent, ToWorker } from '../workers/messages.js';
import type { WorkerSavepoint } from '../workers/worker-answers.js';
import { runnerConfig, type Session } from './session.js';

/** What others can ask this process, while it lives. */
export interface Endpoints {
  /** Says in the folder of an embedded job how its process is asked: once the folder is this process's own. */
  announce(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

const NO_ENDPOINTS: Endpoints = { announce: () => Promise.resolve(), close: () => Promise.resolve() };

/**
 * Metrics and health of this process: over HTTP where `http.port` is set, to the parent where this is a worker.
 *
 * @throws SetupError when the port cannot be had
 */
export async function startEndpoints(
  session: Session,
  health: () => HealthReport,
  savepoint: SavepointTaker | undefined,
): Promise<Endpoints> {
  const { io, registry, logger, mask } = session;
  const answer = (judge: (report: HealthReport) => HealthAnswer) => (): Promise<HealthBody> => {
    const report = health();
    const { ok, reasons } = judge(report);
    return Promise.resolve({ ok, reasons: reasons.map(mask), ...detail(report) });
  };
  const answers = {
    metrics: () => registry.metrics(),
    live: answer(liveness),
    ready: answer(readiness),
    ...(savepoint === undefined ? {} : { savepoint }),
  };
  if (io.parent !== undefined) {
    const { parent } = io;
    collectDefaultMetrics({ register: registry });
    registry.setDefaultLabels({ process: String(parent.worker) });
    const collect = {
      live: answers.live,
      ready: answers.ready,
      metrics: (): Promise<unknown> => registry.getMetricsAsJSON(),
      savepoint: (request: SavepointRequest | undefined): Promise<WorkerSavepoint> =>
        request === undefined || savepoint === undefined
          ? Promise.resolve({ error: 'the job keeps no state' })
          : savepoint(request).then(
              (parts) => ({ parts }),
              (error: unknown) => ({ error: messageOf(error) }),
            ),
    };
    parent.onMessage((message) => {
      const question = message as ToWorker;
      if (question.type !== 'ask') return;
      void collect[question.what](question.savepoint).then((value: unknown) => {
        parent.send({ type: 'answer', id: question.id, answer: value } satisfies ToParent);
      });
    });
    return NO_ENDPOINTS;
  }
  const config = runnerConfig(session);
  const port = config.get('http.port');
  const control = savepoint === undefined ? NO_ENDPOINTS : await startControl(session, answers);
  if (port === undefined) return control;
  try {
    collectDefaultMetrics({ register: registry });
    const address = { host: config.get('http.host'), port };
    const server = await startHttpServer(address, answers, logger, config.get('http.token'));
    return {
      announce: () => control.announce(),
      close: async () => {
        await Promise.all([server.close(), control.close()]);
      },
    };
  } catch (error) {
    await control.close();
    throw error;
  }
}

/** A process that runs on a folder can be asked by whoever may read the folder. */
async function startControl({ context, io, logger }: Session, answers: HttpAnswers): Promise<Endpoints> {
  const { embedded } = context;
  if (embedded === undefined) return NO_ENDPOINTS;
  const token = randomBytes(24).toString('base64url');
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, answers, logger, token);
  let withdraw = (): Promise<void> => Promise.resolve();
  return {
    announce: async () => {
      const url = `http://127.0.0.1:${String(server.port)}`;
      withdraw = await announceControl(resolve(io.cwd, embedded), { url, token, pid: process.pid });
    },
    close: async () => {
      await withdraw().catch(() => undefined);
      await server.close();
    },
  };
}

/** What an operator wants to see besides the verdict. */
function detail({ phase, job }: HealthReport): object {
  if (job === undefined) return { phase };
  const { state, since, restarts, tasks } = job;
  return { phase, state, since: new Date(since).toISOString(), restarts, splits: tasks };
}
