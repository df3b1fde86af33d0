import { randomUUID } from 'node:crypto';
import { UsageError } from '@millrace/runner';
import type { CommandContext } from '@millrace/runner';
import { outputTopics } from '../../config.js';
import type { ReconciliationVariables } from '../../config.js';
import { parseRecord } from '../../domain/parse.js';
import { JOB_NAME } from '../../job-name.js';
import { reconciliationOptions } from '../../options.js';
import { withCommandPlatform } from '../command-platform.js';
import { syncRecord } from '../request/sync-event.js';
import { explain } from './explain.js';
import { explanationJson } from './explanation-json.js';
import { renderExplanation } from './render.js';

/** The whole answer is promised within 5 s, what it takes to start and to connect included. */
const SEARCH_TIMEOUT_MS = 1_500;
const FAILED_BUDGET_MS = 1_500;

/** Options of the command. */
export interface ExplainValues {
  readonly user: string;
  readonly course: string;
  readonly batch: string;
  /** Milliseconds since 1970; that of now where it was not given. */
  readonly time: number | undefined;
}

/** Looks at an enrolment, tries a request for it on stores whose writes are caught, and prints what came out. */
export async function runExplain(
  context: CommandContext<ReconciliationVariables>,
  { user, course, batch, time }: ExplainValues,
): Promise<void> {
  const { config, clock, signal, format, out } = context;
  const { failed: failedTopic } = outputTopics(config);
  const key = { userId: user, courseId: course, batchId: batch };
  const input = config.get('kafka.input.topic');
  // The request is read as the job would read it.
  const parsed = parseRecord(syncRecord(input, key, time ?? clock.now(), randomUUID()));
  if (parsed.kind !== 'request') {
    throw new UsageError(parsed.kind === 'failure' ? `a request would fail: ${parsed.error}` : 'no request');
  }
  const explanation = await withCommandPlatform(
    { ...context, topics: [failedTopic], searchTimeoutMs: SEARCH_TIMEOUT_MS },
    (platform) =>
      explain(parsed.request, platform, {
        job: reconciliationOptions(config, Number.POSITIVE_INFINITY),
        jobName: JOB_NAME,
        ...{ failedTopic, clock, signal, failedBudgetMs: FAILED_BUDGET_MS },
      }),
  );
  out.write(format === 'json' ? `${JSON.stringify(explanationJson(explanation))}\n` : renderExplanation(explanation));
}
