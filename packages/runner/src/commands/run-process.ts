import { resolve } from 'node:path';
import {
  JobRunner,
  Savepoint,
  SavepointError,
  sleep,
  systemClock,
  type JobOptions,
  type JobResult,
  type SavepointPart,
} from '@millrace/core';
import { RecordsMissedError, StoppedError } from '../errors.js';
import { ExitCode } from '../exit-code.js';
import type { Phase } from '../http/health.js';
import type { Job } from '../job-definition.js';
import { renderCounts, summarize } from '../report/summary.js';
import type { SavepointRequest } from '../savepoint/savepoint-request.js';
import { startEndpoints, type Endpoints } from './endpoints.js';
import { reportProgress } from './report-progress.js';
import { runnerConfig, type Session } from './session.js';
import { StopDeadline } from './stop-deadline.js';
import { abortion, listenForStop, type Stopping } from './stopping.js';

/** One life of a job in this process: connect, run, stop, close. */
export async function runProcess(session: Session): Promise<ExitCode> {
  const { io, job, logger, context, terminal } = session;
  const stopTimeoutMs = runnerConfig(session).get('stop.timeout') * 1_000;
  const deadline = new StopDeadline(stopTimeoutMs);
  const life: Life = { phase: 'starting', runner: undefined };
  const late = new AbortController();
  const stopping = listenForStop(io, (reason) => {
    logger.info({ reason }, 'stopping');
    life.phase = 'stopping';
    deadline.begin();
    void life.runner?.stop();
    void sleep(systemClock, deadline.lateMs, late.signal).then(
      () => late.abort(new Error(`stop.timeout: not stopped after ${String(stopTimeoutMs / 1_000)} s`)),
      () => undefined,
    );
  });
  const releaseFatal = io.onFatal((error) =>
    logger.error({ err: error, stack: (error as Error | undefined)?.stack }, 'an error that nobody caught'),
  );
  const running = await job.definition.create(context);
  let endpoints: Endpoints | undefined;
  try {
    endpoints = await startEndpoints(
      session,
      () => ({ phase: life.phase, job: life.runner?.status() }),
      running.graph.isStateful ? (request) => takeSavepoint(life, stopping, request) : undefined,
    );
    const work = live(session, running, life, stopping, endpoints, deadline);
    work.catch(() => undefined);
    return await Promise.race([work, abortion(stopping.now), abortion(late.signal)]);
  } catch (error) {
    if (!stopping.now.aborted && !late.signal.aborted) throw error;
    void life.runner?.cancel();
    throw new StoppedError(
      `${((stopping.now.aborted ? stopping.now : late.signal).reason as Error).message}; work was left undone`,
    );
  } finally {
    terminal.clear();
    await closeInTime(running, deadline.closeMs);
    await endpoints?.close();
    if (!late.signal.aborted) late.abort(new Error('ended'));
    releaseFatal();
    stopping.release();
  }
}

/** A job that does not close in time is left to the end of the process. */
async function closeInTime(job: Job, closeMs: number): Promise<void> {
  const patience = new AbortController();
  await Promise.race([job.close(), sleep(systemClock, closeMs, patience.signal).catch(() => undefined)]);
  patience.abort(new Error('closed'));
}

interface Life {
  phase: Phase;
  runner: JobRunner | undefined;
}

async function live(
  session: Session,
  job: Job,
  life: Life,
  stopping: Stopping,
  endpoints: Endpoints,
  deadline: StopDeadline,
): Promise<ExitCode> {
  const { logger, context, options } = session;
  try {
    await job.connect(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    logger.info({}, 'stopped before the job had started');
    return ExitCode.Done;
  }
  await endpoints.announce();
  const state = await stateOptions(session, job);
  if (stopping.signal.aborted) return ExitCode.Done;
  const stopTimeoutMs = Math.min(deadline.drainMs, job.options?.stopTimeoutMs ?? Number.POSITIVE_INFINITY);
  const runner = new JobRunner(job.graph, { ...job.options, stopTimeoutMs, ...state }, context);
  life.runner = runner;
  life.phase = 'running';
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  const endProgress = reportProgress(session, job, runner, elapsed);
  let result: JobResult;
  try {
    result = await runner.run({ untilDrained: options.untilDrained ?? false });
  } finally {
    endProgress();
  }
  report(session, job, result, elapsed());
  if (result.state === 'FINISHED') {
    // A worker's siblings go on to their ends: the parent, which adds up, says it.
    if (result.missed > 0 && session.io.parent === undefined) throw new RecordsMissedError(result.missed);
    return ExitCode.Done;
  }
  const { clean } = await runner.stop();
  if (!clean) throw new StoppedError('the job did not stop cleanly; what it had not committed will be repeated');
  return ExitCode.Done;
}

/** What the state begins with, where the command line says so. @throws SavepointError */
async function stateOptions({ options, io }: Session, { graph }: Job): Promise<JobOptions> {
  const allowNonRestoredState = options.allowNonRestoredState ?? false;
  if (options.fromSavepoint === undefined) return { allowNonRestoredState };
  const savepoint = await Savepoint.open(resolve(io.cwd, options.fromSavepoint));
  const { jobName } = savepoint.manifest;
  if (jobName !== graph.jobName) {
    throw new SavepointError(`${savepoint.folder} is a savepoint of ${jobName}, not of ${graph.jobName}`);
  }
  if (!graph.isStateful) throw new SavepointError(`${graph.jobName} keeps no state that could begin with a savepoint`);
  return { allowNonRestoredState, savepoint };
}

/** Asked from outside; a stop ends the process as a signal would. */
async function takeSavepoint(
  life: Life,
  stopping: Stopping,
  { folder, stop, drain }: SavepointRequest,
): Promise<readonly SavepointPart[]> {
  const { runner } = life;
  if (runner === undefined || stopping.signal.aborted) throw new Error('the job does not run');
  if (!stop) return [await runner.savepoint(folder)];
  life.phase = 'stopping';
  const { savepoint } = await runner.stop({ savepoint: folder, drain });
  if (savepoint === undefined) throw new Error('the job did not stop cleanly; its last checkpoint is as it was');
  return [savepoint];
}

/** A bounded run ends with its summary; any other with a log line. */
function report({ io, logger, options, terminal }: Session, job: Job, result: JobResult, elapsedMs: number): void {
  const counts = job.summary();
  const summary = summarize(counts, elapsedMs, result);
  terminal.clear();
  logger.info({ state: result.state, ...summary }, 'the job has ended');
  if (io.parent !== undefined)
    io.parent.send({ type: 'result', counts, restarts: result.restarts, missed: result.missed });
  else if (options.untilDrained === true) io.stdout.write(renderCounts({ ...summary }, options.summary ?? 'table'));
}
