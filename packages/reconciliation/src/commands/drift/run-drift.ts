import { resolve } from 'node:path';
import { messageOf, MillraceError, SetupError } from '@millrace/core';
import { StoppedError } from '@millrace/runner';
import type { CommandContext } from '@millrace/runner';
import type { ReconciliationVariables } from '../../config.js';
import { reconciliationOptions } from '../../options.js';
import { withCommandPlatform } from '../command-platform.js';
import type { CommandPlatform } from '../command-platform.js';
import { Pace } from '../pace.js';
import { noCounts } from './findings.js';
import type { DriftCounts } from './findings.js';
import { look } from './look.js';
import { renderDrift } from './render.js';
import { resumableDrift } from './resumable-drift.js';

type Context = CommandContext<ReconciliationVariables>;

/** Enrolments that are looked at together; each reads a handful of rows, mostly one after the other. */
const CONCURRENCY = 16;
/** Time for an answer of the search service, which is asked where leaf nodes are missing. */
const SEARCH_TIMEOUT_MS = 5_000;
/** Without a terminal there is no progress line, but a log line this often. */
const LOG_MS = 10_000;

/** Options of the command. */
export interface DriftValues {
  readonly course: string;
  readonly batch: string | undefined;
  readonly out: string | undefined;
  readonly resume: string | undefined;
  readonly restart: boolean;
  readonly rate: number;
}

/** Reads the enrolments of a course or batch and prints which are stale. */
export async function runDrift(context: Context, values: DriftValues): Promise<void> {
  const counts = await withCommandPlatform(
    { ...context, topics: [], searchTimeoutMs: SEARCH_TIMEOUT_MS },
    async (platform) => scanned(context, values, platform),
  );
  const { course, batch = null } = values;
  const result = { course, batch, ...counts };
  context.out.write(context.format === 'json' ? `${JSON.stringify(result)}\n` : renderDrift(counts));
}

async function scanned(context: Context, values: DriftValues, platform: CommandPlatform): Promise<DriftCounts> {
  const { config, clock, signal, cwd, progress } = context;
  const { course: courseId, batch: batchId } = values;
  const out = values.out === undefined ? undefined : resolve(cwd, values.out);
  const resume = values.resume === undefined ? out && `${out}.resume` : resolve(cwd, values.resume);
  const pace = new Pace(clock, values.rate, signal);
  const job = reconciliationOptions(config, Number.POSITIVE_INFINITY);
  let reached = noCounts;
  let loggedAt = clock.monotonic();
  try {
    return await resumableDrift(platform.scan, {
      filter: { courseId, batchId },
      judge: look({ platform, job, inputTopic: config.get('kafka.input.topic'), clock, signal, pace }),
      question: { courseId, batchId: batchId ?? null, where: platform.where, out: out ?? null },
      ...{ concurrency: CONCURRENCY, pace, clock, signal, resume, restart: values.restart },
      onResume: (from) => context.note(`going on behind the ${rows(from.counts)} of the scan that was interrupted`),
      progress(counts, share) {
        reached = counts;
        if (!process.stderr.isTTY && clock.monotonic() - loggedAt >= LOG_MS) {
          loggedAt = clock.monotonic();
          const { scanned: read, enrolments, stale } = counts;
          context.logger.info({ read, enrolments, stale, share }, 'progress');
        }
        const total = share === undefined || share === 0 ? undefined : Math.round(counts.scanned / share);
        progress(counts.scanned, total, `rows (${text(counts.enrolments)} of the course, ${text(counts.stale)} stale)`);
      },
    });
  } catch (error) {
    const isOutage = !signal.aborted && isOfAService(error) && platform.classify(error) === 'infrastructure';
    if (!isOutage && !signal.aborted) throw error;
    const cause = isOutage ? `: ${messageOf(error)}` : '';
    const next = resume === undefined ? 'with --out or --resume it could go on there' : 'run again it goes on there';
    throw new StoppedError(`drift was stopped behind ${rows(reached)}${cause}; ${next}`);
  }
}

/** The clients' errors are all of this kind; what is wrong with a file, or with this program, is not. */
function isOfAService(error: unknown): boolean {
  return error instanceof MillraceError && !(error instanceof SetupError);
}

function rows({ scanned: count }: DriftCounts): string {
  return `${text(count)} rows`;
}

function text(count: number): string {
  return count.toLocaleString('en-US');
}
