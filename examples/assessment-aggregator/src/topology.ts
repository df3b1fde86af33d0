import { AsyncDataStream, messageOf, retryInPlace, StreamExecutionEnvironment, systemClock } from '@millrace/core';
import type { Clock, ConsumerRecord, ErrorClassifier, ProducerRecord, Sink, Source, StreamGraph } from '@millrace/core';
import { FAILED, failedRecord, keyText } from '@millrace/reconciliation/parts';
import type { FailedRecord, FailureStage } from '@millrace/reconciliation/parts';
import { InvalidAssessmentError, parseAssessment } from './assessment.js';
import type { Assessment } from './assessment.js';
import type { Stores } from './ports.js';
import { ScoreFunction } from './score-stage.js';
import type { Happening } from './score-stage.js';

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
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
  /** `type` of the entries of agg_details. */
  readonly aggregateType: string;
  /** Largest failed record in bytes. */
  readonly maxFailedBytes: number;
  /** Told of what happens, for the summary. */
  readonly count: (what: Happening) => void;
  /** @default the process's */
  readonly clock?: Clock;
}

/** Milliseconds for which an outage of the stores is waited out before the job restarts. */
const RETRY_MS = 600_000;

/** The job as a graph. Does no I/O. */
export function buildTopology(topology: TopologyOptions): StreamGraph {
  const { source, sinks, stores, aggregateType, count } = topology;
  const clock = topology.clock ?? systemClock;
  const records = { jobName: JOB_NAME, maxBytes: topology.maxFailedBytes };
  const failed = (record: ConsumerRecord, error: unknown, stage: FailureStage, attempts: number): FailedRecord[] => {
    count('failed');
    const code = error instanceof InvalidAssessmentError ? error.code : 'ERR_PROCESSING';
    return [failedRecord(record, { code, error: messageOf(error), stage, attempts }, records)];
  };
  const env = new StreamExecutionEnvironment({ jobName: JOB_NAME });
  const assessments = env.fromSource(source, { uid: 'assessments' }).process<Assessment>(
    {
      processElement(record, _context, out) {
        out.collect(parseAssessment(record));
      },
    },
    {
      uid: 'parse',
      errors: {
        classify: () => 'event',
        onEventError: { tag: FAILED, make: (record, error) => failed(record, error, 'deserialize', 1) },
      },
    },
  );
  const single = assessments.keyBy(keyText).admit({ uid: 'by-learner', name: 'by learner and batch' });
  const certificates = AsyncDataStream.unorderedWait(
    single,
    new ScoreFunction({ stores, clock, aggregateType, count }),
    {
      uid: 'score',
      retryStrategy: retryInPlace({ timeoutMs: RETRY_MS, maxDelayMs: 5_000 }),
      errors: {
        classify: (error) => (error instanceof InvalidAssessmentError ? 'event' : topology.classify(error)),
        onEventError: {
          tag: FAILED,
          make: ({ record }, error, { attempts }) => failed(record, error, 'aggregate', attempts),
        },
      },
    },
  );
  certificates.sinkTo(sinks.certificates, { uid: 'certificates', name: 'certificate requests' });
  assessments
    .getSideOutput(FAILED)
    .union(certificates.getSideOutput(FAILED))
    .sinkTo(sinks.failed, { uid: 'failed', name: 'failed assessments' });
  return env.getStreamGraph();
}
