import type { ProducerRecord } from '../connector/record.js';
import { OperatorFailure } from '../errors.js';
import { keyFor } from '../operators/key-of.js';
import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { Serializer } from '../state/serializer.js';
import { MAX_WATERMARK } from '../time/watermark.js';
import { headersOf, isLogTimestamp, progressHeaders } from './repartition-headers.js';
import type { Progress } from './repartition-headers.js';

/** At most so often a task tells every partition how far it is: what event time lags behind by. */
export const PROGRESS_INTERVAL_MS = 200;

/** Makes records of elements, and tells every partition how far event time is. */
export class RepartitionWriteOperator<K extends string | number, T> extends StreamOperator<T, ProducerRecord> {
  readonly #keyOf: (value: T) => K;
  readonly #serializer: Serializer<T>;
  readonly #partitionsOf: () => Promise<number>;
  readonly #format: string;
  #partitions = 0;
  #progress: Progress | undefined;
  #toldAt = -Infinity;
  #cancelTimer: (() => void) | undefined;

  constructor(keyOf: (value: T) => K, serializer: Serializer<T>, partitionsOf: () => Promise<number>) {
    super();
    this.#keyOf = keyOf;
    this.#serializer = serializer;
    this.#partitionsOf = partitionsOf;
    this.#format = `${String(serializer.version)} ${serializer.id}`;
  }

  override async open(): Promise<void> {
    this.#partitions = await this.#partitionsOf();
  }

  override processElement({ value, timestamp, scope }: StreamRecord<T>): void {
    const keyed = keyFor(this.host, this.#keyOf, value);
    if (keyed === undefined) return;
    let bytes: Uint8Array;
    try {
      bytes = this.#serializer.serialize(value);
    } catch (error) {
      this.host.fail(new OperatorFailure(this.host.context.operator, error));
      return;
    }
    const record: ProducerRecord = {
      key: String(keyed.key),
      value: bytes,
      headers: headersOf(timestamp, this.#format, this.#progress),
      ...(timestamp !== undefined && isLogTimestamp(timestamp) ? { timestamp } : {}),
    };
    this.out.next(new StreamRecord(record, timestamp, scope));
  }

  override processWatermark(timestamp: number): void {
    super.processWatermark(timestamp);
    this.#tell(timestamp, timestamp === MAX_WATERMARK);
  }

  override processIdle(isIdle: boolean): void {
    super.processIdle(isIdle);
    if (isIdle) this.#tell('idle', true);
  }

  override close(): void {
    this.#cancelTimer?.();
  }

  /** Partitions that get no element from this task must know too: it would hold back their event time. */
  #tell(watermark: number | 'idle', isUrgent: boolean): void {
    this.#progress = { task: this.host.context.split, watermark };
    if (this.#cancelTimer !== undefined && !isUrgent) return;
    const { clock } = this.host.context;
    const dueInMs = isUrgent ? 0 : this.#toldAt + PROGRESS_INTERVAL_MS - clock.monotonic();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (dueInMs <= 0) {
      this.#tellAll();
      return;
    }
    this.#cancelTimer = clock.setTimer(dueInMs, () => {
      this.host.enterWhenRunning(() => {
        this.#cancelTimer = undefined;
        this.#tellAll();
      });
    });
  }

  #tellAll(): void {
    if (this.#progress === undefined) return;
    this.#toldAt = this.host.context.clock.monotonic();
    const headers = progressHeaders(this.#progress);
    const scope = this.host.createScope();
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      this.out.next(new StreamRecord<ProducerRecord>({ key: null, value: null, headers, partition }, undefined, scope));
    }
    scope.release();
  }
}
