import { AsyncDataStream, StreamExecutionEnvironment } from '@millrace/core';
import type { ConsumerRecord, ErrorClassifier, ProducerRecord, Sink, Source, StreamGraph } from '@millrace/core';
import { asyncStage, DeserializeFunction, FAILED, keyText, StageFailures } from '@millrace/reconciliation/parts';
import type { AsyncStageOptions, FailedRecord, Tally } from '@millrace/reconciliation/parts';
import { parseAssessment } from './assessment.js';
import type { Assessment } from './assessment.js';
import { ScoreFunction } from './score-function.js';
import type { Stores } from './stores.js';

export const JOB_NAME = 'assessment-aggregator';

export interface TopologyOptions {
  /** Assessments; those of a learner are in one partition. */
  readonly source: Source<ConsumerRecord>;
  readonly sinks: {
    readonly certificates: Sink<ProducerRecord>;
    /** Assessments that cannot be used, with the reason. */
    readonly failed: Sink<FailedRecord>;
  };
  readonly stores: Stores;
  readonly options: AsyncStageOptions & {
    /** `type` of the entries of agg_details. */
    readonly aggregateType: string;
    /** Largest failed record in bytes. */
    readonly failedMaxBytes: number;
  };
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
  /** Filled while the job runs. */
  readonly tally: Tally;
}

/** The job as a graph. Does no I/O. */
export function buildTopology({ source, sinks, stores, options, classify, tally }: TopologyOptions): StreamGraph {
  const records = { jobName: JOB_NAME, maxBytes: options.failedMaxBytes };
  const env = new StreamExecutionEnvironment({ jobName: JOB_NAME });
  const assessments = env
    .fromSource(source, { uid: 'assessments' })
    .process(new DeserializeFunction<Assessment>(records, tally, parseAssessment), {
      uid: 'deserialize',
      sideOutputs: [FAILED],
    });
  const single = assessments
    .keyBy(keyText)
    .admit({ uid: 'by-learner', name: 'by learner and batch', capacity: options.maxInFlight });
  const certificates = AsyncDataStream.unorderedWait(single, new ScoreFunction(stores, options.aggregateType, tally), {
    ...asyncStage(options),
    uid: 'score',
    errors: new StageFailures<Assessment>('aggregate', { records, classify, tally }, (assessment) => [assessment]),
  });
  certificates.sinkTo(sinks.certificates, { uid: 'certificates', name: 'certificate requests' });
  assessments
    .getSideOutput(FAILED)
    .union(certificates.getSideOutput(FAILED))
    .sinkTo(sinks.failed, { uid: 'failed', name: 'failed assessments' });
  return env.getStreamGraph();
}
