import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';
import type { MetricGroup } from '../metrics.js';

/**
 * Where a stream ends. The graph holds the `Sink`; the runtime opens one writer for each attempt of the job, shared by
 * all tasks of the process.
 */
export interface Sink<T> {
  /** One word for `describe`: `kafka`, `embedded`, `collect`. */
  readonly kind: string;
  /** What is written, for `describe` and logs: a topic's name. */
  readonly description: string;
  /** @throws what makes the sink unusable, for instance a missing topic */
  open(host: SinkHost): Promise<SinkWriter<T>>;
}

/** What the runtime is to an open sink. */
export interface SinkHost {
  readonly jobName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricGroup;
  /** Aborts when the job is cancelled or fails: give up waiting, retries included. */
  readonly signal: AbortSignal;
}

/** Told once, when the element is durable or can never be. */
export interface Acknowledgement {
  /** The element is durable. */
  done(): void;
  /** The element could not be written, retries included: the job attempt fails and the element is replayed. */
  failed(error: unknown): void;
}

/**
 * Writes elements and acknowledges each. Flink's SinkWriter, with an acknowledgement per element besides `flush`,
 * because a graph without state commits the highest contiguous acknowledged offset while work flows.
 */
export interface SinkWriter<T> {
  /**
   * Takes one element. Must not throw and must not block; elements wait inside, bounded by what the tasks have in
   * flight. Elements of one key (or one partition) become durable in the order of the calls. The writer retries
   * infrastructure errors by itself for as long as it was told to, then calls `failed`.
   */
  write(element: T, ack: Acknowledgement): void;
  /** Resolves when everything taken before the call is acknowledged (or failed). */
  flush(): Promise<void>;
  /** Releases everything. Bounded in time by the sink itself. Never rejects. */
  close(): Promise<void>;
}
