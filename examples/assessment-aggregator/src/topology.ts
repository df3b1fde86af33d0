import { AsyncDataStream } from '@millrace/core';
import type { StreamGraph } from '@millrace/core';
import { asyncStage, FAILED, keyText, readRequests, StageFailures } from '@millrace/reconciliation/parts';
import type { JobParts, StageOptions } from '@millrace/reconciliation/parts';
import { parseAssessment } from './assessment.js';
import type { Assessment } from './assessment.js';
import { ScoreFunction } from './score-function.js';
import type { Stores } from './stores.js';

/** How the job behaves. */
export interface AssessmentOptions extends StageOptions {
  /** `type` of the entries of agg_details. */
  readonly aggregateType: string;
}

/** The job as a graph. Does no I/O. */
export function buildTopology(parts: JobParts<'certificates', Stores, AssessmentOptions>): StreamGraph {
  const { sinks, stores, options } = parts;
  const { env, requests: assessments, failures } = readRequests(parts, { uid: 'assessments' }, parseAssessment);
  const single = assessments
    .keyBy(keyText)
    .admit({ uid: 'by-learner', name: 'by learner and batch', capacity: options.maxInFlight });
  const score = new ScoreFunction(stores, options.aggregateType, failures.tally);
  const certificates = AsyncDataStream.unorderedWait(single, score, {
    ...asyncStage(options),
    uid: 'score',
    errors: new StageFailures<Assessment>('aggregate', failures, (assessment) => [assessment]),
  });
  certificates.sinkTo(sinks.certificates, { uid: 'certificates', name: 'certificate requests' });
  assessments
    .getSideOutput(FAILED)
    .union(certificates.getSideOutput(FAILED))
    .sinkTo(sinks.failed, { uid: 'failed', name: 'failed assessments' });
  return env.getStreamGraph();
}
