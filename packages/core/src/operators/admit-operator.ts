import { OperatorFailure } from '../errors.js';
import { KeyedGate } from '../runtime/keyed-gate.js';
import { StreamOperator } from '../runtime/operator.js';
import { Scope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { keyFor } from './key-of.js';
import { WatermarkBorders } from './watermark-borders.js';
import type { BorderSegment } from './watermark-borders.js';

/** Holds the scopes of a group's elements until everything that the group caused is acknowledged. */
class GroupScope extends Scope {
  readonly #members: readonly Scope[];
  readonly #onSettled: () => void;

  constructor(members: readonly Scope[], onSettled: () => void) {
    super();
    this.#members = members;
    this.#onSettled = onSettled;
  }

  failed(error: unknown): void {
    this.#members[0]?.failed(error);
  }

  protected settled(): void {
    for (const member of this.#members) member.release();
    this.#onSettled();
  }
}

interface Waiting<T> {
  readonly record: StreamRecord<T>;
  readonly segment: BorderSegment;
}

/**
 * One element or group of a key at a time, from here to the acknowledgement of everything that it causes, sinks
 * included. Places are shared by all tasks of the process. A watermark goes on when everything before it was let in;
 * elements behind it may be let in earlier.
 */
export class AdmitOperator<K, T, G> extends StreamOperator<T, G> {
  readonly #keyOf: (value: T) => K;
  readonly #coalesce: ((elements: readonly [T, ...T[]]) => G) | undefined;
  readonly #capacity: number;
  readonly #adaptive: boolean;
  /** Undefined until opened. */
  #gate: KeyedGate<K, Waiting<T>> | undefined;
  readonly #borders = new WatermarkBorders();

  constructor(
    keyOf: (value: T) => K,
    coalesce: ((elements: readonly [T, ...T[]]) => G) | undefined,
    capacity: number,
    adaptive = false,
  ) {
    super();
    this.#adaptive = adaptive;
    this.#keyOf = keyOf;
    this.#coalesce = coalesce;
    this.#capacity = capacity;
  }

  override open(): void {
    const permits = this.host.sharedPermits(this.#capacity, this.#adaptive);
    this.#gate = new KeyedGate(permits, this.#coalesce !== undefined, (key, waiting) => {
      // A place may become free inside a call, by an acknowledgement: what is let in waits until that is over.
      this.host.enter(() => {
        this.#admit(key, waiting);
      });
    });
  }

  override processElement(record: StreamRecord<T>): void {
    const keyed = keyFor(this.host, this.#keyOf, record.value);
    if (keyed === undefined) return;
    record.scope.retain();
    this.#gate?.arrive(keyed.key, { record, segment: this.#borders.keep() });
  }

  override processWatermark(timestamp: number): void {
    this.#borders.border(() => {
      this.host.emitWatermark(timestamp);
    });
  }

  override processIdle(isIdle: boolean): void {
    this.#borders.border(() => {
      this.host.emitIdle(isIdle);
    });
  }

  #admit(key: K, waiting: [Waiting<T>, ...Waiting<T>[]]): void {
    const first = waiting[0].record;
    let value: G;
    try {
      const values = waiting.map(({ record }) => record.value) as [T, ...T[]];
      value = this.#coalesce === undefined ? (first.value as unknown as G) : this.#coalesce(values);
    } catch (error) {
      this.host.fail(new OperatorFailure(this.host.context.operator, error));
      return;
    }
    const { clock } = this.host.context;
    const admittedAt = clock.monotonic();
    const scope = new GroupScope(
      waiting.map(({ record }) => record.scope),
      () => {
        this.#gate?.leave(key, clock.monotonic() - admittedAt);
      },
    );
    this.out.next(new StreamRecord(value, first.timestamp, scope));
    scope.release();
    for (const { segment } of waiting) this.#borders.out(segment);
  }

  override close(): void {
    this.#gate?.close();
  }
}
