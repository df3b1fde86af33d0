import { runnerConfig, type Session } from '../commands/session.js';
import { listenForStop } from '../commands/stopping.js';
import { RecordsMissedError } from '../errors.js';
import { ExitCode, worstOf } from '../exit-code.js';
import { startHttpServer } from '../http/http-server.js';
import { progressLine } from '../report/progress-line.js';
import { mergeCounts, renderCounts, summarize } from '../report/summary.js';
import { answersOf } from './worker-answers.js';
import { Worker } from './worker.js';

const PROGRESS_MS = 250;
/** What workers may take beyond their own stop timeout before they are killed. */
const GRACE_MS = 5_000;

/**
 * The job in several processes that share the input's partitions, as Kafka gives them out. This process works on
 * nothing: it passes on signals, gathers counts, metrics and health, and stops all when one fails, so that whoever
 * supervises it starts all of them again. Its exit code is the worst of theirs.
 */
export async function runWorkers(session: Session, count: number, entry: string): Promise<ExitCode> {
  const { io, logger, options, terminal, argv } = session;
  const config = runnerConfig(session);
  const format = options.logFormat ?? (io.stderr.isTTY === true ? 'pretty' : 'json');
  const port = config.get('http.port');
  const workers: Worker[] = [];
  const server =
    port === undefined
      ? undefined
      : await startHttpServer(
          { host: config.get('http.host'), port },
          answersOf(workers),
          logger,
          config.get('http.token'),
        );
  for (let index = 1; index <= count; index += 1) {
    workers.push(
      new Worker({
        ...{ index, entry, env: io.env, cwd: io.cwd },
        args: [...argv, '--task.parallelism', '1', '--log-format', format],
        onLine: (line) => terminal.line(line),
      }),
    );
  }
  logger.info({ processes: count }, 'the job runs in several processes');
  const startedAt = performance.now();
  const progress = setInterval(() => {
    const note = workers.map((worker) => worker.note).find((text) => text !== '') ?? '';
    terminal.progress(
      progressLine(mergeCounts(workers.map(({ counts }) => counts)), performance.now() - startedAt, note),
    );
  }, PROGRESS_MS);
  const tell = (type: 'stop' | 'stop-now'): void => {
    for (const worker of workers) worker.send({ type });
  };
  const killAll = (): void => {
    for (const worker of workers) worker.kill();
  };
  let killTimer: NodeJS.Timeout | undefined;
  const stopAll = (): void => {
    tell('stop');
    killTimer ??= setTimeout(killAll, config.get('stop.timeout') * 1_000 + GRACE_MS);
  };
  const stopping = listenForStop(io, (reason) => {
    logger.info({ reason }, 'stopping');
    stopAll();
  });
  stopping.now.addEventListener('abort', () => {
    tell('stop-now');
    setTimeout(killAll, GRACE_MS).unref();
  });
  const releaseFatal = io.onFatal(killAll);
  try {
    const codes = await Promise.all(
      workers.map(async (worker, index) => {
        const code = await worker.ended;
        if (code !== 0 && !stopping.signal.aborted) {
          logger.error({ worker: index + 1, code }, 'a process of the job has ended; the others are stopped');
          stopAll();
        }
        return code;
      }),
    );
    const code = stopping.now.aborted ? ExitCode.Stopped : worstOf(codes);
    terminal.clear();
    if (options.untilDrained === true && code === ExitCode.Done) {
      const counts = mergeCounts(workers.map((worker) => worker.counts));
      const restarts = workers.reduce((sum, { result }) => sum + result.restarts, 0);
      const missed = workers.reduce((sum, { result }) => sum + result.missed, 0);
      const summary = summarize(counts, performance.now() - startedAt, { restarts, missed });
      io.stdout.write(renderCounts({ ...summary }, options.summary ?? 'table'));
      if (missed > 0) throw new RecordsMissedError(missed);
    }
    return code;
  } finally {
    clearInterval(progress);
    clearTimeout(killTimer);
    terminal.clear();
    releaseFatal();
    stopping.release();
    await server?.close();
  }
}
