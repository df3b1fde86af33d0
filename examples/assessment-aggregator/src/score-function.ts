import type { AsyncFunction, ProducerRecord } from '@millrace/core';
import { createOutputEvents, InvalidEventError, nameUuid } from '@millrace/reconciliation/parts';
import type { Tally } from '@millrace/reconciliation/parts';
import type { Assessment } from './assessment.js';
import { aggregatesOf, latestAttempt, scoreOf } from './scores.js';
import type { Stores } from './stores.js';

/**
 * Writes an attempt, then the aggregates of all attempts, then asks for a certificate. One call at a time for a learner
 * in a batch of a course: the aggregates are read, computed and written back.
 *
 * @throws InvalidEventError where the content is not of the course; and what the stores throw
 */
export class ScoreFunction implements AsyncFunction<Assessment, ProducerRecord> {
  readonly #stores: Stores;
  readonly #aggregateType: string;
  readonly #tally: Tally;
  readonly #events = createOutputEvents(nameUuid);

  /** @param aggregateType `type` of the entries of agg_details */
  constructor(stores: Stores, aggregateType: string, tally: Tally) {
    this.#stores = stores;
    this.#aggregateType = aggregateType;
    this.#tally = tally;
  }

  async asyncInvoke(assessment: Assessment): Promise<readonly ProducerRecord[]> {
    const { contentId, attemptId, time, answers } = assessment;
    await this.#checkContent(assessment);
    let attempts = await this.#stores.attempts(assessment);
    const stored = attempts.find((attempt) => attempt.contentId === contentId && attempt.attemptId === attemptId);
    if (answers.length > 0) {
      if (stored !== undefined && time < stored.lastAttemptedOn) {
        this.#tally.add('skipped');
        return [];
      }
      // At the same time it is the same event, read again: its row is there, what follows from it perhaps not.
      if (time !== stored?.lastAttemptedOn) {
        await this.#stores.writeAttempt(assessment, scoreOf(answers), stored?.createdOn);
        // In the order of the table, so that a replay repeats the aggregates.
        attempts = await this.#stores.attempts(assessment);
      }
    }
    const scores = aggregatesOf(attempts, this.#aggregateType);
    if (scores.aggregates.size > 0) await this.#stores.mergeScores(assessment, scores);
    this.#tally.add('processed');
    this.#tally.add('certificates');
    return [this.#events.certificate(assessment, time, latestAttempt(attempts))];
  }

  /** A course whose leaf nodes nobody knows takes any content. */
  async #checkContent({ courseId, contentId }: Assessment): Promise<void> {
    const [course] = await this.#stores.relations.sets(courseId, [courseId]);
    if (course === undefined || course.leafNodes.size === 0 || course.leafNodes.has(contentId)) return;
    throw new InvalidEventError(`${contentId} is no content of ${courseId}`);
  }
}
