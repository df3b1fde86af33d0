import type { ExitCode } from '../exit-code.js';
import { runWorkers } from '../workers/run-workers.js';
import { runProcess } from './run-process.js';
import { logNotices, requireBackend, runnerConfig, type Session } from './session.js';

/** `run`: the job in this process, or in as many as `task.parallelism` says. */
export function runCommand(session: Session): Promise<ExitCode> {
  requireBackend(session);
  const { io, options, logger } = session;
  if (io.parent !== undefined) return runProcess(session);
  logNotices(session);
  const processes = runnerConfig(session).get('task.parallelism');
  if (processes === 1) return runProcess(session);
  if (options.embedded === undefined && io.entry !== undefined) return runWorkers(session, processes, io.entry);
  logger.warn(
    { parallelism: processes },
    'one process does all the work: a folder of --embedded belongs to one process at a time',
  );
  return runProcess(session);
}
