import type { JobRunner } from '@millrace/core';
import type { Job } from '../job-definition.js';
import { progressLine } from '../report/progress-line.js';
import type { Session } from './session.js';

/** A terminal's line is renewed this often. */
const LINE_MS = 250;
/** A worker tells its parent this often. */
const MESSAGE_MS = 500;
/** Without a terminal, a log line this often, while something happens. */
const LOG_MS = 10_000;

/** Tells whoever looks how far the job is, until the returned function is called. */
export function reportProgress(
  { io, terminal, logger }: Session,
  job: Job,
  runner: JobRunner,
  elapsed: () => number,
): () => void {
  if (io.parent !== undefined) {
    const { parent } = io;
    return every(MESSAGE_MS, () => parent.send({ type: 'progress', counts: job.summary(), note: noteOf(runner) }));
  }
  if (io.stderr.isTTY === true) {
    return every(LINE_MS, () => terminal.progress(progressLine(job.summary(), elapsed(), noteOf(runner))));
  }
  let last = '';
  return every(LOG_MS, () => {
    const counts = job.summary();
    const now = JSON.stringify(counts);
    if (now !== last) logger.info({ ...counts, note: noteOf(runner) || undefined }, 'progress');
    last = now;
  });
}

function every(ms: number, action: () => void): () => void {
  const timer = setInterval(action, ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** What holds the job up, for people. */
function noteOf(runner: JobRunner): string {
  const { state, waiting, stalled, lastError } = runner.status();
  if (state === 'RESTARTING') return `restarting: ${lastError ?? ''}`;
  if (stalled !== undefined) return stalled;
  const [first] = waiting;
  return first === undefined ? '' : `${first.operator} tries again: ${first.error}`;
}
