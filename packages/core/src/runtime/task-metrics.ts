import type { Counter, Histogram, MetricGroup } from '../metrics.js';

/** Timing every record would cost more than some whole jobs. */
export const RECORDS_PER_TIMED_ONE = 8;
/** From half a millisecond, doubling, to about a minute. */
const SETTLE_BUCKETS = Array.from({ length: 18 }, (_, n) => 0.0005 * 2 ** n);

/** What is counted of the records of one source. */
export interface InputMetrics {
  readonly recordsIn: Counter;
  readonly settleSeconds: Histogram;
}

export function inputMetrics(metrics: MetricGroup, sourceUid: string): InputMetrics {
  const group = metrics.group({ operator: sourceUid });
  return {
    recordsIn: group.counter('numRecordsIn'),
    settleSeconds: group.histogram(
      'recordSettleSeconds',
      SETTLE_BUCKETS,
      'Seconds from the moment a record was read to the last acknowledgement of what it caused; one record in eight',
    ),
  };
}
