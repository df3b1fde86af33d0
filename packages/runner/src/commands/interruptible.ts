import { StoppedError } from '../errors.js';
import { ExitCode, exitCodeOf } from '../exit-code.js';
import type { Progress } from '../job-definition.js';
import { stepLine } from '../report/progress-line.js';
import type { Session } from './session.js';
import { abortion, listenForStop } from './stopping.js';

/** Time between two updates of the progress line. */
const PROGRESS_MS = 200;

/**
 * Runs the work of a command that a first signal asks to end and a second one leaves behind.
 *
 * @param name for the message
 * @throws StoppedError where it was stopped, else what `work` throws
 */
export async function interruptible(
  { io, terminal, logger }: Session,
  name: string,
  work: (signal: AbortSignal, progress: Progress) => Promise<void>,
): Promise<ExitCode> {
  const stopping = listenForStop(io, (reason) => logger.info({ reason }, 'stopping'));
  let shown = 0;
  const progress: Progress = (done, total, what) => {
    if (Date.now() - shown < PROGRESS_MS) return;
    shown = Date.now();
    terminal.progress(stepLine(done, total, what));
  };
  try {
    await Promise.race([work(stopping.signal, progress), abortion(stopping.now)]);
    return ExitCode.Done;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    // The command may say more of where it stands; its package can come with its own copy of the class.
    throw exitCodeOf(error) === ExitCode.Stopped
      ? error
      : new StoppedError(`${name} was stopped before it was through`);
  } finally {
    terminal.clear();
    stopping.release();
  }
}
