import type { AsyncFunction, Clock, ProducerRecord } from '@millrace/core';
import { createOutputEvents } from '@millrace/reconciliation/parts';
import { v5 } from 'uuid';
import { InvalidAssessmentError } from './assessment.js';
import type { Assessment } from './assessment.js';
import type { Stores } from './ports.js';
import { aggregatesOf, latestAttempt, scoreOf } from './scores.js';
import type { Attempt } from './scores.js';

/** What happened, for the summary. */
export type Happening = 'processed' | 'skipped' | 'failed' | 'certificates';

/** What the stage is made of. */
export interface ScoreOptions {
  readonly stores: Stores;
  readonly clock: Clock;
  /** `type` of the entries of agg_details. */
  readonly aggregateType: string;
  readonly count: (what: Happening) => void;
}

/**
 * Writes an attempt, then the aggregates of all attempts, then asks for a certificate. One call at a time for a learner
 * in a batch of a course: the aggregates are read, computed and written back.
 *
 * @throws InvalidAssessmentError where the content is not of the course; and what the stores throw
 */
export class ScoreFunction implements AsyncFunction<Assessment, ProducerRecord> {
  readonly #options: ScoreOptions;
  readonly #events = createOutputEvents(v5);

  constructor(options: ScoreOptions) {
    this.#options = options;
  }

  async asyncInvoke(assessment: Assessment): Promise<readonly ProducerRecord[]> {
    const { stores, clock, aggregateType, count } = this.#options;
    await this.#checkContent(assessment);
    let attempts = await stores.attempts.read(assessment);
    const stored = attempts.find((attempt) => isOf(attempt, assessment));
    const score = assessment.answers.length === 0 ? undefined : scoreOf(assessment.answers);
    if (score !== undefined) {
      if (stored !== undefined && assessment.assessmentTs < stored.lastAttemptedOn) {
        count('skipped');
        return [];
      }
      // At the same time it is the same event, read again: its row is there, what follows from it perhaps not.
      if (assessment.assessmentTs !== stored?.lastAttemptedOn) {
        await stores.attempts.write(assessment, score, clock.now());
        // In the order of the table, so that a replay repeats the aggregates.
        attempts = await stores.attempts.read(assessment);
      }
    }
    const scores = aggregatesOf(attempts, aggregateType);
    if (scores.aggregates.size > 0) await stores.scores.merge(assessment, scores, clock.now());
    count('processed');
    count('certificates');
    return [this.#events.certificate(assessment, assessment.assessmentTs, latestAttempt(attempts))];
  }

  /** A course whose leaf nodes nobody knows takes any content. */
  async #checkContent({ courseId, contentId }: Assessment): Promise<void> {
    const [course] = await this.#options.stores.relations.sets(courseId, [courseId]);
    if (course === undefined || course.leafNodes.size === 0 || course.leafNodes.has(contentId)) return;
    throw new InvalidAssessmentError('ERR_INVALID_EVENT', `${contentId} is no content of ${courseId}`);
  }
}

function isOf(attempt: Attempt, { contentId, attemptId }: Assessment): boolean {
  return attempt.contentId === contentId && attempt.attemptId === attemptId;
}
