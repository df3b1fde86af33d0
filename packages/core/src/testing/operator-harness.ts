import { setImmediate } from 'node:timers/promises';
import { Subject } from 'rxjs';
import type { OutputTag } from '../api/output-tag.js';
import type { AdmitOptions, AsyncOptions, FunctionOptions } from '../api/options.js';
import { silentLogger } from '../logger.js';
import { InMemoryMetrics } from '../metrics.js';
import { AdmitOperator } from '../operators/admit-operator.js';
import type { AsyncFunction } from '../operators/async-function.js';
import { AsyncOperator } from '../operators/async-operator.js';
import { KeyedAsyncOperator } from '../operators/keyed-async-operator.js';
import type { ProcessFunction } from '../operators/process-function.js';
import type { KeyedProcessFunction } from '../operators/keyed-process-function.js';
import { KeyedProcessOperator } from '../operators/keyed-process-operator.js';
import { ProcessOperator } from '../operators/process-operator.js';
import { Mailbox } from '../runtime/mailbox.js';
import { stage } from '../runtime/operator.js';
import type { StreamOperator } from '../runtime/operator.js';
import { Permits } from '../runtime/permits.js';
import { Scope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { ManualClock } from './manual-clock.js';

/** Turns of the event loop without any change after which a harness counts as settled. */
const QUIET_TURNS = 20;

/** How an operator is set up in a harness. */
export interface HarnessOptions {
  /** What the function sees as its operator's uid. @default 'test-operator' */
  readonly uid?: string;
  /** @default a ManualClock at 0 */
  readonly clock?: ManualClock;
  /**
   * Whether outputs are acknowledged as soon as they are emitted. Otherwise the test does it with
   * `acknowledge`, as a sink would.
   * @default true
   */
  readonly acknowledgeOutputs?: boolean;
}

/** An element as the operator emitted it. */
export interface EmittedElement<T> {
  readonly value: T;
  readonly timestamp: number | undefined;
}

class InputScope extends Scope {
  readonly #harness: { settledInputs: number; failures: unknown[] };

  constructor(harness: { settledInputs: number; failures: unknown[] }) {
    super();
    this.#harness = harness;
  }

  failed(error: unknown): void {
    this.#harness.failures.push(error);
  }

  protected settled(): void {
    this.#harness.settledInputs += 1;
  }
}

/**
 * Runs one operator alone, without a graph, a source or a sink: push elements, move the clock, read what came out.
 * After Flink's OneInputStreamOperatorTestHarness.
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
export class OperatorHarness<IN, OUT> {
  readonly clock: ManualClock;
  readonly metrics: InMemoryMetrics;
  /** Errors that would have failed the job attempt. */
  readonly failures: unknown[] = [];
  /** Elements that the operator is through with, outputs acknowledged. */
  settledInputs = 0;
  readonly #operator: StreamOperator<IN, OUT>;
  readonly #mailbox = new Mailbox((error) => this.failures.push(error));
  readonly #input = new Subject<StreamRecord<IN>>();
  readonly #acknowledges: boolean;
  readonly #abort = new AbortController();
  readonly #unacknowledged: Scope[] = [];
  #output: EmittedElement<OUT>[] = [];
  #sides = new Map<string, unknown[]>();
  readonly #waiting = new Set<unknown>();
  #activity = 0;
  #stateSize = (): number => 0;

  private constructor(operator: StreamOperator<IN, OUT>, options: HarnessOptions) {
    const uid = options.uid ?? 'test-operator';
    this.clock = options.clock ?? new ManualClock();
    this.metrics = new InMemoryMetrics({ job: 'test-job', operator: uid });
    this.#acknowledges = options.acknowledgeOutputs ?? true;
    this.#operator = operator;
    const permits = new Map<string, Permits>();
    operator.setup({
      context: {
        jobName: 'test-job',
        operator: uid,
        split: 'test-0',
        clock: this.clock,
        logger: silentLogger,
        metrics: this.metrics,
        signal: this.#abort.signal,
      },
      emitSide: (tag, record) => {
        this.#activity += 1;
        const values = this.#sides.get(tag.id) ?? [];
        values.push(record.value);
        this.#sides.set(tag.id, values);
        this.#keep(record.scope);
      },
      enter: (call) => {
        this.#mailbox.run(call);
      },
      fail: (error) => {
        this.#activity += 1;
        this.failures.push(error);
      },
      sharedPermits: (capacity) => {
        const shared = permits.get(uid) ?? new Permits(capacity);
        permits.set(uid, shared);
        return shared;
      },
      waiting: (error) => {
        const entry = { error };
        this.#waiting.add(entry);
        return () => this.#waiting.delete(entry);
      },
    });
    this.#input.pipe(stage(operator)).subscribe((record) => {
      this.#activity += 1;
      this.#output.push({ value: record.value, timestamp: record.timestamp });
      this.#keep(record.scope);
    });
  }

  /** A harness around a process function, opened. */
  static async forProcess<IN, OUT>(
    fn: ProcessFunction<IN, OUT>,
    options: HarnessOptions & FunctionOptions<IN> = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    return OperatorHarness.#opened(new ProcessOperator(fn, options.errors), options);
  }

  /**
   * A harness around a keyed process function, opened.
   *
   * @param options `restore` is what `snapshot` of another harness returned: a test of recovery
   */
  static async forKeyedProcess<K extends string | number, IN, OUT>(
    keyOf: (value: IN) => K,
    fn: KeyedProcessFunction<K, IN, OUT>,
    options: HarnessOptions & FunctionOptions<IN> & { readonly restore?: unknown } = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    const operator = new KeyedProcessOperator(keyOf, fn, options.errors);
    if (options.restore !== undefined) operator.restoreState(options.restore);
    const harness = await OperatorHarness.#opened(operator, options);
    harness.#stateSize = () => operator.stateSize;
    return harness;
  }

  /** A harness around an asynchronous function, opened; results as they come unless `mode` says otherwise. */
  static async forAsync<IN, OUT>(
    fn: AsyncFunction<IN, OUT>,
    options: HarnessOptions & AsyncOptions<IN> & { readonly mode?: 'ordered' | 'unordered' } = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    const calls = { timeoutMs: options.timeoutMs, retryStrategy: options.retryStrategy, errors: options.errors };
    const operator = new AsyncOperator(fn, calls, options.capacity ?? 100, options.mode === 'ordered');
    return OperatorHarness.#opened(operator, options);
  }

  /** A harness around an asynchronous function with one call of a key at a time, opened. */
  static async forKeyedAsync<K, IN, OUT>(
    keyOf: (value: IN) => K,
    fn: AsyncFunction<IN, OUT>,
    options: HarnessOptions & AsyncOptions<IN> = {},
  ): Promise<OperatorHarness<IN, OUT>> {
    const calls = { timeoutMs: options.timeoutMs, retryStrategy: options.retryStrategy, errors: options.errors };
    return OperatorHarness.#opened(new KeyedAsyncOperator(keyOf, fn, calls, options.capacity ?? 100), options);
  }

  /** A harness around `KeyedStream.admit`, opened. Use `acknowledgeOutputs: false` to see elements wait. */
  static async forAdmit<K, T, G = T>(
    keyOf: (value: T) => K,
    options: HarnessOptions & AdmitOptions<T, G> = {},
  ): Promise<OperatorHarness<T, G>> {
    return OperatorHarness.#opened(new AdmitOperator(keyOf, options.coalesce, options.capacity ?? 128), options);
  }

  static async #opened<IN, OUT>(
    operator: StreamOperator<IN, OUT>,
    options: HarnessOptions,
  ): Promise<OperatorHarness<IN, OUT>> {
    const harness = new OperatorHarness<IN, OUT>(operator, options);
    await operator.open();
    return harness;
  }

  /** Pushes an element and waits until nothing moves any more (timers of the clock excepted). */
  async processElement(value: IN, timestamp?: number): Promise<void> {
    this.push(value, timestamp);
    await this.settled();
  }

  /** Pushes an element and returns at once. */
  push(value: IN, timestamp?: number): void {
    const scope = new InputScope(this);
    this.#mailbox.run(() => {
      this.#input.next(new StreamRecord(value, timestamp, scope));
      scope.release();
    });
  }

  /** Resolves when nothing has moved for a while; what waits for the clock or a promise of the test still waits. */
  async settled(): Promise<void> {
    for (let quiet = 0, seen = this.#activity; quiet < QUIET_TURNS; quiet += 1) {
      await setImmediate();
      if (seen !== this.#activity) {
        seen = this.#activity;
        quiet = 0;
      }
    }
  }

  /** Lets time pass and waits until nothing moves any more. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.settled();
  }

  /** Values emitted to the main output so far. */
  output(): readonly OUT[] {
    return this.#output.map((element) => element.value);
  }

  /** Elements emitted to the main output so far, with their timestamps. */
  records(): readonly EmittedElement<OUT>[] {
    return this.#output;
  }

  /** Values emitted to a side output so far. */
  sideOutput<X>(tag: OutputTag<X>): readonly X[] {
    return (this.#sides.get(tag.id) ?? []) as readonly X[];
  }

  /** Forgets what came out so far. */
  clearOutput(): void {
    this.#output = [];
    this.#sides = new Map();
  }

  /** Acknowledges outputs, the oldest first, as a sink would. @param count all of them by default */
  async acknowledge(count = this.#unacknowledged.length): Promise<void> {
    for (const scope of this.#unacknowledged.splice(0, count)) scope.done();
    await this.settled();
  }

  /** What the operator would keep in a checkpoint now, copied as a state backend does. */
  snapshot(): unknown {
    return structuredClone(this.#operator.snapshotState());
  }

  /** Entries of keyed state, over all names and keys: none is left where a function cleans up behind itself. */
  numKeyedStateEntries(): number {
    return this.#stateSize();
  }

  /** Calls that wait for another try of something outside. */
  get retrying(): number {
    return this.#waiting.size;
  }

  /** Ends the operator; its signal aborts. */
  async close(): Promise<void> {
    this.#mailbox.close();
    this.#abort.abort(new Error('the harness was closed'));
    await this.#operator.quiesce();
    await this.#operator.close();
  }

  #keep(scope: Scope): void {
    if (this.#acknowledges) return;
    scope.retain();
    this.#unacknowledged.push(scope);
  }
}
