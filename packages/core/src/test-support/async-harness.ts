import { AsyncDataStream } from '@millrace/core';
import type { AsyncFunction, AsyncOptions, DataStream } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';
import { StreamOperator } from '../runtime/operator.js';
import type { StreamRecord } from '../runtime/stream-record.js';

/** Notes elements and watermarks in the order in which they pass. */
class LogOperator extends StreamOperator<number, number> {
  readonly #log: (number | string)[];

  constructor(log: (number | string)[]) {
    super();
    this.#log = log;
  }

  override processElement(record: StreamRecord<number>): void {
    this.#log.push(record.value);
    this.out.next(record);
  }

  override processWatermark(timestamp: number): void {
    this.#log.push(`w${String(timestamp)}`);
    super.processWatermark(timestamp);
  }

  override processIdle(isIdle: boolean): void {
    this.#log.push(isIdle ? 'idle' : 'active');
    super.processIdle(isIdle);
  }
}

/** Answers when the test says so, with the element itself. */
export class EchoService {
  readonly started: number[] = [];
  readonly #answers = new Map<number, () => void>();
  readonly fn: AsyncFunction<number, number> = {
    asyncInvoke: (input) => {
      this.started.push(input);
      return new Promise((resolve) => {
        this.#answers.set(input, () => {
          resolve([input]);
        });
      });
    },
  };

  get open(): readonly number[] {
    return [...this.#answers.keys()];
  }

  answer(input: number): void {
    this.#answers.get(input)?.();
    this.#answers.delete(input);
  }
}

export type AsyncMode = 'ordered' | 'unordered' | 'keyed';

/** A harness around an asynchronous operator, and what goes out of it in order: elements, watermarks, idleness. */
export async function asyncHarnessOf(
  mode: AsyncMode,
  fn: AsyncFunction<number, number>,
  options: AsyncOptions<number, number> = {},
): Promise<{ harness: OperatorHarness<number, number>; log: (number | string)[] }> {
  const log: (number | string)[] = [];
  const wait = (stream: DataStream<number>): DataStream<number> => {
    if (mode === 'ordered') return AsyncDataStream.orderedWait(stream, fn, options);
    if (mode === 'unordered') return AsyncDataStream.unorderedWait(stream, fn, options);
    return AsyncDataStream.keyedWait(stream.keyBy((value) => value), fn, options); // prettier-ignore
  };
  const harness = await OperatorHarness.forStream<number, number>((stream) =>
    wait(stream).transform('map', undefined, () => new LogOperator(log)),
  );
  return { harness, log };
}
