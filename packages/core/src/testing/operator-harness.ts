import type { DataStream } from '../api/data-stream.js';
import { StreamExecutionEnvironment } from '../api/environment.js';
import type { AdmitOptions, AsyncOptions, FunctionOptions } from '../api/options.js';
import { AsyncDataStream } from '../api/async-data-stream.js';
import type { Source } from '../connector/source.js';
import type { AsyncFunction } from '../operators/async-function.js';
import type { KeyedProcessFunction } from '../operators/keyed-process-function.js';
import type { ProcessFunction } from '../operators/process-function.js';
import { CaptureOperator } from './capture-operator.js';
import { HarnessBase, INPUTS, UID } from './harness-base.js';
import type { HarnessOptions } from './harness-base.js';

/** The harness pushes its elements itself; nothing opens this source. */
function inputSource<T>(description: string): Source<T> {
  return {
    kind: 'harness',
    description,
    open: () => Promise.reject(new Error('the source of a harness is not opened')),
  };
}

/**
 * Drives operators outside a job: push elements and watermarks, move the clock, read what came out, take a snapshot and
 * go on from it. After Flink's OneInputStreamOperatorTestHarness.
 *
 * @example
 * ```ts
 * import { OperatorHarness } from '@millrace/core/testing';
 *
 * const harness = await OperatorHarness.forProcess<string, number>({
 *   processElement: (word, _context, out) => out.collect(word.length),
 * });
 * await harness.processElement('mill');
 * harness.output(); // => [4]
 * ```
 */
export class OperatorHarness<IN, OUT> extends HarnessBase<OUT> {
  /**
   * A harness around what `build` puts on the stream: one operator or several, keyed or not, with windows and side
   * outputs. Opened.
   *
   * @example
   * ```ts
   * import { OperatorHarness } from '@millrace/core/testing';
   *
   * const harness = await OperatorHarness.forStream<string, number>((words) =>
   *   words.map((word) => word.length).filter((length) => length > 3),
   * );
   * await harness.processElement('mill');
   * await harness.processElement('sun');
   * harness.output(); // => [4]
   * ```
   */
  static async forStream<IN, OUT>(
    build: (stream: DataStream<IN>) => DataStream<OUT>,
    options: HarnessOptions = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    const env = new StreamExecutionEnvironment({ jobName: 'test-job' });
    const input = env.fromSource(inputSource<IN>('elements'), { uid: INPUTS[0] });
    const harness = new OperatorHarness<IN, OUT>(options);
    build(input).transform('sink', { uid: 'test-output' }, () => new CaptureOperator<OUT>(harness));
    await harness.start(env.unvalidatedGraph(), [INPUTS[0]]);
    return harness;
  }

  /** A harness around a process function, opened. */
  static forProcess<IN, OUT>(
    fn: ProcessFunction<IN, OUT>,
    options: HarnessOptions & FunctionOptions<IN> = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    return OperatorHarness.forStream((stream) => stream.process(fn, functionOptions(options)), options);
  }

  /**
   * A harness around a keyed process function, opened.
   *
   * @param options `restore` is what `snapshot` of another harness returned: a test of recovery
   */
  static forKeyedProcess<K extends string | number, IN, OUT>(
    keyOf: (value: IN) => K,
    fn: KeyedProcessFunction<K, IN, OUT>,
    options: HarnessOptions & FunctionOptions<IN> = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    return OperatorHarness.forStream((stream) => stream.keyBy(keyOf).process(fn, functionOptions(options)), options);
  }

  /** A harness around an asynchronous function, opened; results as they come unless `mode` says otherwise. */
  static forAsync<IN, OUT>(
    fn: AsyncFunction<IN, OUT>,
    options: HarnessOptions & AsyncOptions<IN> & { readonly mode?: 'ordered' | 'unordered' } = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    const { mode, ...rest } = options;
    const wait = mode === 'ordered' ? AsyncDataStream.orderedWait : AsyncDataStream.unorderedWait;
    return OperatorHarness.forStream<IN, OUT>((stream) => wait<IN, OUT>(stream, fn, asyncOptions(rest)), options);
  }

  /** A harness around an asynchronous function with one call of a key at a time, opened. */
  static forKeyedAsync<K extends string | number, IN, OUT>(
    keyOf: (value: IN) => K,
    fn: AsyncFunction<IN, OUT>,
    options: HarnessOptions & AsyncOptions<IN> = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    return OperatorHarness.forStream<IN, OUT>(
      (stream) => AsyncDataStream.keyedWait<K, IN, OUT>(stream.keyBy(keyOf), fn, asyncOptions(options)),
      options,
    );
  }

  /** A harness around `KeyedStream.admit`, opened. Use `acknowledgeOutputs: false` to see elements wait. */
  static forAdmit<K extends string | number, T, G = T>(
    keyOf: (value: T) => K,
    options: HarnessOptions & AdmitOptions<T, G> = {},
  ): Promise<OperatorHarness<T, G>> {
    const { coalesce, capacity } = options;
    return OperatorHarness.forStream<T, G>(
      (stream) =>
        stream.keyBy(keyOf).admit<G>({
          uid: options.uid ?? UID,
          ...(coalesce === undefined ? {} : { coalesce }),
          ...(capacity === undefined ? {} : { capacity }),
        }),
      options,
    );
  }

  /** Pushes an element and waits until nothing moves any more (timers of the clock excepted). */
  async processElement(value: IN, timestamp?: number): Promise<void> {
    this.push(value, timestamp);
    await this.settled();
  }

  /** Pushes an element and returns at once. */
  push(value: IN, timestamp?: number): void {
    this.pushTo(INPUTS[0], value, timestamp);
  }
}

/**
 * Drives operators of two streams outside a job: `connect`, joins, broadcast state. After Flink's
 * TwoInputStreamOperatorTestHarness; everything else as in `OperatorHarness`, whose watermarks here go to both inputs.
 *
 * @example
 * ```ts
 * import { TwoInputOperatorHarness } from '@millrace/core/testing';
 *
 * const harness = await TwoInputOperatorHarness.forStreams<string, string, string>((first, second) =>
 *   first.union(second),
 * );
 * await harness.processElement1('grain');
 * await harness.processElement2('water');
 * harness.output(); // => ['grain', 'water']
 * ```
 */
export class TwoInputOperatorHarness<IN1, IN2, OUT> extends HarnessBase<OUT> {
  /** A harness around what `build` makes of the two streams. Opened. */
  static async forStreams<IN1, IN2, OUT>(
    build: (first: DataStream<IN1>, second: DataStream<IN2>) => DataStream<OUT>,
    options: HarnessOptions = {},
  ): Promise<TwoInputOperatorHarness<IN1, IN2, OUT>> {
    const env = new StreamExecutionEnvironment({ jobName: 'test-job' });
    const first = env.fromSource(inputSource<IN1>('first'), { uid: INPUTS[0] });
    const second = env.fromSource(inputSource<IN2>('second'), { uid: INPUTS[1] });
    const harness = new TwoInputOperatorHarness<IN1, IN2, OUT>(options);
    build(first, second).transform('sink', { uid: 'test-output' }, () => new CaptureOperator<OUT>(harness));
    await harness.start(env.unvalidatedGraph(), INPUTS);
    return harness;
  }

  /** Pushes an element into the first input and waits until nothing moves any more. */
  async processElement1(value: IN1, timestamp?: number): Promise<void> {
    this.pushTo(INPUTS[0], value, timestamp);
    await this.settled();
  }

  /** Pushes an element into the second input and waits until nothing moves any more. */
  async processElement2(value: IN2, timestamp?: number): Promise<void> {
    this.pushTo(INPUTS[1], value, timestamp);
    await this.settled();
  }

  /** A watermark of the first input alone. */
  processWatermark1(timestamp: number): Promise<void> {
    return this.advanceInput(INPUTS[0], timestamp);
  }

  /** A watermark of the second input alone. */
  processWatermark2(timestamp: number): Promise<void> {
    return this.advanceInput(INPUTS[1], timestamp);
  }
}

function functionOptions<T>({
  uid,
  errors,
}: HarnessOptions & FunctionOptions<T>): FunctionOptions<T> & { uid: string } {
  return { uid: uid ?? UID, ...(errors === undefined ? {} : { errors }) };
}

/** The options of the operator, without those of the harness. */
function asyncOptions<T>(options: HarnessOptions & AsyncOptions<T>): AsyncOptions<T> {
  const { jobName, clock, acknowledgeOutputs, restore, stateBackend, ...rest } = options;
  return { ...rest, uid: options.uid ?? UID };
}
