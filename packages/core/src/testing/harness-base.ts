import { setImmediate } from 'node:timers/promises';
import type { OutputTag } from '../api/output-tag.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { silentLogger } from '../logger.js';
import { InMemoryMetrics } from '../metrics.js';
import { InFlightBudget } from '../runtime/in-flight-budget.js';
import { OperatorChain } from '../runtime/operator-chain.js';
import { Permits } from '../runtime/permits.js';
import { Scope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { TaskServices } from '../runtime/task-services.js';
import { WatermarkAlignments } from '../runtime/watermark-alignment.js';
import { MemoryStateBackend } from '../state/memory-state-backend.js';
import type { StateBackend, StateOwner } from '../state/state-backend.js';
import { TaskState } from '../state/task-state.js';
import { MAX_WATERMARK } from '../time/watermark.js';
import type { Capture } from './capture-operator.js';
import { HarnessSnapshot } from './harness-snapshot.js';
import { ManualClock } from './manual-clock.js';

/** Turns of the event loop without any change after which a harness counts as settled. */
const QUIET_TURNS = 20;

/** uids of the harness's inputs. */
export const INPUTS = ['test-input-1', 'test-input-2'] as const;
/** uid of the operator under test, where the test gives none. */
export const UID = 'test-operator';

const JOB = 'test-job';
const SPLIT = 'test-0';

/** How operators are set up in a harness. */
export interface HarnessOptions {
  /** What the function sees as its operator's uid. @default 'test-operator' */
  readonly uid?: string;
  /** Name of the job, under which a state backend keeps the state. @default 'test-job' */
  readonly jobName?: string;
  /** @default a ManualClock at 0 */
  readonly clock?: ManualClock;
  /**
   * Whether outputs are acknowledged as soon as they are emitted. Otherwise the test does it with
   * `acknowledge`, as a sink would.
   * @default true
   */
  readonly acknowledgeOutputs?: boolean;
  /** State to begin with: what `snapshot` of another harness returned. */
  readonly restore?: HarnessSnapshot;
  /** Where state is kept while the harness runs. @default in memory */
  readonly stateBackend?: StateBackend;
}

/** An element as it was emitted. */
export interface EmittedElement<T> {
  readonly value: T;
  readonly timestamp: number | undefined;
}

/** What harnesses of one and of two inputs have in common. */
export abstract class HarnessBase<OUT> implements Capture<OUT> {
  readonly clock: ManualClock;
  readonly metrics: InMemoryMetrics;
  /** Errors that would have failed the job attempt. */
  readonly failures: unknown[] = [];
  /** Elements that the operators are through with, outputs acknowledged. */
  settledInputs = 0;
  readonly #options: HarnessOptions;
  readonly #owner: StateOwner;
  readonly #abort = new AbortController();
  readonly #unacknowledged: Scope[] = [];
  readonly #waiting = new Set<unknown>();
  readonly #inputs = new Set<string>();
  #chain!: OperatorChain;
  #state!: TaskState;
  #backend!: StateBackend;
  #stateful: readonly string[] = [];
  #output: EmittedElement<OUT>[] = [];
  #sides = new Map<string, unknown[]>();
  #watermarks: number[] = [];
  #isIdle = false;
  #activity = 0;

  protected constructor(options: HarnessOptions) {
    this.#options = options;
    this.#owner = { jobName: options.jobName ?? JOB, source: INPUTS[0], split: SPLIT };
    this.clock = options.clock ?? new ManualClock();
    this.metrics = new InMemoryMetrics({ job: options.jobName ?? JOB, operator: options.uid ?? UID });
  }

  /** Called by the factories. @internal */
  protected async start(graph: StreamGraph, inputs: readonly string[]): Promise<void> {
    const { stateBackend = new MemoryStateBackend(), restore } = this.#options;
    if (restore !== undefined) await restore.writeTo(stateBackend, this.#owner);
    const stateful = graph.nodes.filter((node) => node.isStateful).map((node) => node.uid);
    this.#backend = stateBackend;
    this.#stateful = stateful;
    this.#state = new TaskState(await stateBackend.claim(this.#owner), {
      owner: this.#owner,
      clock: this.clock,
      stateful,
      allowNonRestoredState: false,
    });
    for (const uid of inputs) this.#inputs.add(uid);
    this.#chain = new OperatorChain(graph, inputs, this.#services(), {
      name: SPLIT,
      signal: this.#abort.signal,
      fail: (error) => {
        this.#fail(error);
      },
      createScope: () => new HarnessScope(this.#fail.bind(this), () => undefined),
      enterWhenRunning: (call) => {
        this.#activity += 1;
        this.#chain.enter(call);
      },
      touched: () => undefined,
      stateOf: (uid) => this.#state.forOperator(uid),
    });
    await this.#chain.open();
  }

  /** A watermark of all inputs: no element at or below `timestamp` comes any more. Waits until nothing moves any more. */
  async processWatermark(timestamp: number): Promise<void> {
    for (const uid of this.#inputs) this.#chain.advanceWatermark(uid, timestamp);
    await this.settled();
  }

  /** All inputs are idle, or active again. */
  async markIdle(isIdle = true): Promise<void> {
    for (const uid of this.#inputs) this.#chain.setIdle(uid, isIdle);
    await this.settled();
  }

  /** The inputs end: the last watermark, then `finish` of the operators. */
  async endInput(): Promise<void> {
    await this.processWatermark(MAX_WATERMARK);
    this.#chain.finish();
    await this.settled();
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

  /** Watermarks that were passed on so far. */
  watermarks(): readonly number[] {
    return this.#watermarks;
  }

  /** Whether the output was said to be idle. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Values emitted to a side output so far, where nothing in the stream under test reads it. */
  sideOutput<X>(tag: OutputTag<X>): readonly X[] {
    return (this.#sides.get(tag.id) ?? []) as readonly X[];
  }

  /** Forgets what came out so far. */
  clearOutput(): void {
    this.#output = [];
    this.#sides = new Map();
    this.#watermarks = [];
  }

  /** Acknowledges outputs, the oldest first, as a sink would. @param count all of them by default */
  async acknowledge(count = this.#unacknowledged.length): Promise<void> {
    for (const scope of this.#unacknowledged.splice(0, count)) scope.done();
    await this.settled();
  }

  /** What a checkpoint would hold now; take it when nothing is in flight, and give it to another harness as `restore`. */
  async snapshot(): Promise<HarnessSnapshot> {
    await this.#state.write(new Map());
    return HarnessSnapshot.of(await this.#backend.read(this.#owner));
  }

  /** Entries of keyed state, over all names and keys: none is left where a function cleans up behind itself. */
  numKeyedStateEntries(): number {
    return this.#stateful.reduce((sum, uid) => sum + this.#state.forOperator(uid).size, 0);
  }

  /** Event-time timers that have not fired. */
  numEventTimeTimers(): number {
    return this.#chain.numTimers.eventTime;
  }

  /** Processing-time timers that have not fired. */
  numProcessingTimeTimers(): number {
    return this.#chain.numTimers.processingTime;
  }

  /** Calls that wait for another try of something outside. */
  get retrying(): number {
    return this.#waiting.size;
  }

  /** Ends the operators; their signal aborts. */
  async close(): Promise<void> {
    this.#chain.shut();
    this.#abort.abort(new Error('the harness was closed'));
    await this.#chain.quiesce();
    await this.#chain.close();
  }

  /** @internal */
  captureRecord(record: StreamRecord<OUT>): void {
    this.#activity += 1;
    this.#output.push({ value: record.value, timestamp: record.timestamp });
    this.#keep(record.scope);
  }

  /** @internal */
  captureWatermark(timestamp: number): void {
    this.#activity += 1;
    this.#watermarks.push(timestamp);
  }

  /** @internal */
  captureIdle(isIdle: boolean): void {
    this.#activity += 1;
    this.#isIdle = isIdle;
  }

  protected pushTo(input: string, value: unknown, timestamp: number | undefined): void {
    const scope = new HarnessScope(this.#fail.bind(this), () => {
      this.settledInputs += 1;
    });
    this.#chain.next(this.#chain.entryOf(input), new StreamRecord(value, timestamp, scope));
    scope.release();
  }

  protected async advanceInput(input: string, timestamp: number): Promise<void> {
    this.#chain.advanceWatermark(input, timestamp);
    await this.settled();
  }

  #services(): TaskServices {
    const permits = new Map<string, Permits>();
    return {
      jobName: this.#owner.jobName,
      clock: this.clock,
      logger: silentLogger,
      metrics: this.metrics,
      resources: {
        writerOf: () => {
          throw new Error('a harness has no sinks: read the output instead');
        },
      },
      budget: new InFlightBudget(Infinity),
      maxInFlight: Infinity,
      autoWatermarkIntervalMs: 200,
      alignments: new WatermarkAlignments(),
      sharedPermits: (uid, capacity) => {
        const shared = permits.get(uid) ?? new Permits(capacity);
        permits.set(uid, shared);
        return shared;
      },
      waiting: (_operator, error) => {
        const entry = { error };
        this.#waiting.add(entry);
        return () => this.#waiting.delete(entry);
      },
      fail: (error) => {
        this.#fail(error);
      },
      unreadSideOutput: (tag, record) => {
        this.#activity += 1;
        const values = this.#sides.get(tag.id) ?? [];
        values.push(record.value);
        this.#sides.set(tag.id, values);
        this.#keep(record.scope);
      },
    };
  }

  #fail(error: unknown): void {
    this.#activity += 1;
    this.failures.push(error);
  }

  #keep(scope: Scope): void {
    if (this.#options.acknowledgeOutputs ?? true) return;
    scope.retain();
    this.#unacknowledged.push(scope);
  }
}

class HarnessScope extends Scope {
  readonly #fail: (error: unknown) => void;
  readonly #onSettled: () => void;

  constructor(fail: (error: unknown) => void, onSettled: () => void) {
    super();
    this.#fail = fail;
    this.#onSettled = onSettled;
  }

  failed(error: unknown): void {
    this.#fail(error);
  }

  protected settled(): void {
    this.#onSettled();
  }
}
