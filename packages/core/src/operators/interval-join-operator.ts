import type { OutputTag } from '../api/output-tag.js';
import { MillraceError, OperatorFailure } from '../errors.js';
import { TwoInputStreamOperator } from '../runtime/operator.js';
import type { Scope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { arraySerializer } from '../state/array-serializer.js';
import type { Serializer } from '../state/serializer.js';
import { MapStateDescriptor } from '../state/state-descriptor.js';
import type { MapState } from '../state/state-types.js';
import { withSerializer } from '../state/with-serializer.js';
import type { ErrorPolicy } from './error-policy.js';
import { JoinCall } from './join-call.js';
import { judge, kindOf } from './judge.js';
import { keyFor } from './key-of.js';
import type { Collector } from './process-function.js';
import type { JoinedPair, ProcessJoinContext, ProcessJoinFunction } from './process-join-function.js';
import { mustBeSynchronous } from './function-call.js';
import { InternalTimerService } from './timers/internal-timer-service.js';

/** Event time -> elements with it, in the order they came. */
type Buffer<T> = MapState<number, readonly T[]>;

export interface IntervalJoinPlan<K, L, R, OUT> {
  readonly keyOfLeft: (value: L) => K;
  readonly keyOfRight: (value: R) => K;
  /** Inclusive, milliseconds. */
  readonly lower: number;
  /** Inclusive, milliseconds. */
  readonly upper: number;
  readonly leftLateTag: OutputTag<L> | undefined;
  readonly rightLateTag: OutputTag<R> | undefined;
  readonly fn: ProcessJoinFunction<L, R, OUT>;
  readonly errors: ErrorPolicy<JoinedPair<L, R>> | undefined;
  readonly leftSerializer: Serializer<L> | undefined;
  readonly rightSerializer: Serializer<R> | undefined;
}

/** A function as it may be: the type says void, but an async function passes for one. */
interface AnyAnswer<L, R, OUT> {
  processElement(left: L, right: R, context: ProcessJoinContext, out: Collector<OUT>): unknown;
}

/**
 * Joins elements of one key by event time. Each element is kept until the watermark passes the last time at which a
 * partner could come: that is a timer, whose namespace says which side it cleans.
 *
 * @see Flink, IntervalJoinOperator
 */
export class IntervalJoinOperator<K extends string | number, L, R, OUT> extends TwoInputStreamOperator<L, R, OUT> {
  readonly #options: IntervalJoinPlan<K, L, R, OUT>;
  readonly #function: AnyAnswer<L, R, OUT>;
  #left!: Buffer<L>;
  #right!: Buffer<R>;
  /** Undefined until opened. */
  #timers: InternalTimerService | undefined;
  #call!: JoinCall<OUT>;

  constructor(options: IntervalJoinPlan<K, L, R, OUT>) {
    super();
    this.#options = options;
    this.#function = options.fn;
  }

  override async open(): Promise<void> {
    const { host } = this;
    const { leftSerializer, rightSerializer } = this.#options;
    this.#left = host.state.getMapState(bufferOf('left-buffer', leftSerializer));
    this.#right = host.state.getMapState(bufferOf('right-buffer', rightSerializer));
    this.#call = new JoinCall(host, this.out);
    const timers = new InternalTimerService({
      host,
      onEventTime: ({ timestamp, namespace }) => {
        this.#clean(timestamp, namespace);
      },
      onProcessingTime: () => undefined, // none is ever set
    });
    await this.#options.fn.open?.(host.context);
    this.#timers = timers;
    timers.open();
  }

  override processElement1(record: StreamRecord<L>): void {
    const { keyOfLeft, lower, upper, leftLateTag } = this.#options;
    const timestamp = this.#accept(record, keyOfLeft, leftLateTag);
    if (timestamp === undefined) return;
    append(this.#left, timestamp, record.value);
    for (const [rightTimestamp, rights] of within(this.#right, timestamp + lower, timestamp + upper)) {
      for (const right of rights) {
        this.#join({ left: record.value, right }, timestamp, rightTimestamp, record.scope);
      }
    }
    this.#timers!.registerEventTimeTimer('left', timestamp + Math.max(0, upper));
  }

  override processElement2(record: StreamRecord<R>): void {
    const { keyOfRight, lower, upper, rightLateTag } = this.#options;
    const timestamp = this.#accept(record, keyOfRight, rightLateTag);
    if (timestamp === undefined) return;
    append(this.#right, timestamp, record.value);
    for (const [leftTimestamp, lefts] of within(this.#left, timestamp - upper, timestamp - lower)) {
      for (const left of lefts) {
        this.#join({ left, right: record.value }, leftTimestamp, timestamp, record.scope);
      }
    }
    this.#timers!.registerEventTimeTimer('right', timestamp + Math.max(0, -lower));
  }

  override processWatermark(timestamp: number): void {
    this.#timers!.advanceWatermark(timestamp);
    super.processWatermark(timestamp);
  }

  override get numEventTimeTimers(): number {
    return this.#timers?.numEventTimeTimers ?? 0;
  }

  override close(): void | Promise<void> {
    this.#timers?.close();
    return this.#options.fn.close?.();
  }

  /** Makes the element's key current. @returns its timestamp; undefined where it does not take part */
  #accept<T>(record: StreamRecord<T>, keyOf: (value: T) => K, lateTag: OutputTag<T> | undefined): number | undefined {
    const { timestamp } = record;
    if (timestamp === undefined) {
      const { operator } = this.host.context;
      const cause = new MillraceError(
        'ERR_NO_TIMESTAMP',
        'an element has no timestamp, and an interval join goes by event time: assign timestamps before it',
      );
      this.host.fail(new OperatorFailure(operator, cause));
      return undefined;
    }
    if (timestamp < this.#timers!.currentWatermark()) {
      if (lateTag === undefined) this.host.context.metrics.counter('numLateRecordsDropped').inc();
      else this.host.emitSide(lateTag, record);
      return undefined;
    }
    const keyed = keyFor(this.host, keyOf, record.value);
    if (keyed === undefined) return undefined;
    this.host.state.setCurrentKey(keyed.key);
    return timestamp;
  }

  #join(pair: JoinedPair<L, R>, leftTimestamp: number, rightTimestamp: number, scope: Scope): void {
    const { errors } = this.#options;
    const call = this.#call;
    call.begin(leftTimestamp, rightTimestamp, scope);
    try {
      mustBeSynchronous(this.#function.processElement(pair.left, pair.right, call, call), 'processElement');
    } catch (error) {
      const record = new StreamRecord(pair, Math.max(leftTimestamp, rightTimestamp), scope);
      judge(this.host, errors, record, error, kindOf(errors, error), 1);
    } finally {
      call.end();
    }
  }

  #clean(timerTimestamp: number, side: string): void {
    const { lower, upper } = this.#options;
    if (side === 'left') this.#left.remove(timerTimestamp - Math.max(0, upper));
    else this.#right.remove(timerTimestamp - Math.max(0, -lower));
  }
}

function bufferOf<T>(name: string, serializer: Serializer<T> | undefined): MapStateDescriptor<number, readonly T[]> {
  return new MapStateDescriptor(
    name,
    withSerializer(serializer === undefined ? undefined : arraySerializer(serializer)),
  );
}

function append<T>(buffer: Buffer<T>, timestamp: number, value: T): void {
  buffer.put(timestamp, [...(buffer.get(timestamp) ?? []), value]);
}

/** Entries in the order of time, so that a restart does not change the order of the pairs. */
function within<T>(buffer: Buffer<T>, from: number, to: number): [number, readonly T[]][] {
  const found: [number, readonly T[]][] = [];
  for (const entry of buffer.entries()) if (entry[0] >= from && entry[0] <= to) found.push(entry);
  return found.sort(([one], [other]) => one - other);
}
