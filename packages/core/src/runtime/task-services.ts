import type { OutputTag } from '../api/output-tag.js';
import type { Clock } from '../clock.js';
import type { OperatorResources } from '../graph/stream-graph.js';
import type { Logger } from '../logger.js';
import type { MetricGroup } from '../metrics.js';
import type { InFlightBudget } from './in-flight-budget.js';
import type { Permits } from './permits.js';
import type { StreamRecord } from './stream-record.js';
import type { WatermarkAlignments } from './watermark-alignment.js';

/** What tasks share in one attempt of the job. */
export interface TaskServices {
  readonly jobName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricGroup;
  readonly resources: OperatorResources;
  readonly budget: InFlightBudget;
  readonly maxInFlight: number;
  /** Milliseconds between two looks at the watermark generators; 0: after chunks only. */
  readonly autoWatermarkIntervalMs: number;
  readonly alignments: WatermarkAlignments;
  sharedPermits(uid: string, capacity: number, adaptive: boolean): Permits;
  waiting(operator: string, error: unknown, since: number): () => void;
  fail(error: unknown): void;
  /** Sees what goes to a side output that nothing reads: for tests of one operator. */
  unreadSideOutput?(tag: OutputTag<unknown>, record: StreamRecord<unknown>): void;
}
