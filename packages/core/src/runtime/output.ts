import type { StreamOperator, TwoInputStreamOperator } from './operator.js';
import type { StreamRecord } from './stream-record.js';

/** Where an operator's elements go: a call is all there is between two operators. An RxJS observer is one too. */
export interface Output<T> {
  next(record: StreamRecord<T>): void;
}

/** Into the one input of an operator. What escapes from it fails the job attempt; the caller never sees it. */
export class InputOf<T> implements Output<T> {
  readonly #operator: StreamOperator<T, unknown>;

  constructor(operator: StreamOperator<T, unknown>) {
    this.#operator = operator;
  }

  next(record: StreamRecord<T>): void {
    try {
      this.#operator.processElement(record);
    } catch (error) {
      this.#operator.escaped(error);
    }
  }
}

/** Into the first of an operator's two inputs. */
export class FirstInputOf<T> implements Output<T> {
  readonly #operator: TwoInputStreamOperator<T, never, unknown>;

  constructor(operator: TwoInputStreamOperator<T, never, unknown>) {
    this.#operator = operator;
  }

  next(record: StreamRecord<T>): void {
    try {
      this.#operator.processElement1(record);
    } catch (error) {
      this.#operator.escaped(error);
    }
  }
}

/** Into the second of an operator's two inputs. */
export class SecondInputOf<T> implements Output<T> {
  readonly #operator: TwoInputStreamOperator<never, T, unknown>;

  constructor(operator: TwoInputStreamOperator<never, T, unknown>) {
    this.#operator = operator;
  }

  next(record: StreamRecord<T>): void {
    try {
      this.#operator.processElement2(record);
    } catch (error) {
      this.#operator.escaped(error);
    }
  }
}

/** To several readers, in their order. */
class ToEach<T> implements Output<T> {
  readonly #readers: readonly Output<T>[];

  constructor(readers: readonly Output<T>[]) {
    this.#readers = readers;
  }

  next(record: StreamRecord<T>): void {
    for (const reader of this.#readers) reader.next(record);
  }
}

const NOBODY: Output<unknown> = { next: () => undefined };

/** One output for all that read it. */
export function outputTo<T>(readers: readonly Output<T>[]): Output<T> {
  const [only, ...others] = readers;
  if (only === undefined) return NOBODY;
  return others.length === 0 ? only : new ToEach(readers);
}
