import { OperatorFailure } from '../errors.js';
import { KeyedGate } from '../runtime/keyed-gate.js';
import { StreamOperator } from '../runtime/operator.js';
import { Scope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { keyFor } from './key-of.js';

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

/**
 * One element or group of a key at a time, from here to the acknowledgement of everything that it causes, sinks
 * included. Places are shared by all tasks of the process.
 */
export class AdmitOperator<K, T, G> extends StreamOperator<T, G> {
  readonly #keyOf: (value: T) => K;
  readonly #coalesce: ((elements: readonly [T, ...T[]]) => G) | undefined;
  readonly #capacity: number;
  /** Undefined until opened. */
  #gate: KeyedGate<K, StreamRecord<T>> | undefined;

  constructor(keyOf: (value: T) => K, coalesce: ((elements: readonly [T, ...T[]]) => G) | undefined, capacity: number) {
    super();
    this.#keyOf = keyOf;
    this.#coalesce = coalesce;
    this.#capacity = capacity;
  }

  override open(): void {
    const permits = this.host.sharedPermits(this.#capacity);
    this.#gate = new KeyedGate(permits, this.#coalesce !== undefined, (key, records) => {
      // A place may become free inside a call, by an acknowledgement: what is let in waits until that is over.
      this.host.enter(() => {
        this.#admit(key, records);
      });
    });
  }

  override processElement(record: StreamRecord<T>): void {
    const keyed = keyFor(this.host, this.#keyOf, record.value);
    if (keyed === undefined) return;
    record.scope.retain();
    this.#gate?.arrive(keyed.key, record);
  }

  #admit(key: K, records: [StreamRecord<T>, ...StreamRecord<T>[]]): void {
    const [first] = records;
    let value: G;
    try {
      const values = records.map((record) => record.value) as [T, ...T[]];
      value = this.#coalesce === undefined ? (first.value as unknown as G) : this.#coalesce(values);
    } catch (error) {
      this.host.fail(new OperatorFailure(this.host.context.operator, error));
      return;
    }
    const scope = new GroupScope(
      records.map((record) => record.scope),
      () => {
        this.#gate?.leave(key);
      },
    );
    this.out.next(new StreamRecord(value, first.timestamp, scope));
    scope.release();
  }

  override close(): void {
    this.#gate?.close();
  }
}
