import { sleep } from '../clock.js';
import type { SplitLease } from '../connector/source.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { MAX_WATERMARK } from '../time/watermark.js';
import type { WatermarkStrategy } from '../time/watermark-strategy.js';
import type { OperatorChain } from './operator-chain.js';
import { SourceWatermarks } from './source-watermarks.js';
import type { TaskInput } from './task-input.js';
import type { TaskServices } from './task-services.js';
import type { AlignmentMember } from './watermark-alignment.js';
import { WatermarkValve } from './watermark-valve.js';
import type { ValveOutput } from './watermark-valve.js';

/** What the event time of a task asks of it. */
interface TimedTask {
  readonly inputs: ReadonlyMap<SplitLease, TaskInput>;
  readonly signal: AbortSignal;
  enterWhenRunning(call: () => void): void;
  touched(): void;
}

interface SourceTime {
  readonly strategy: WatermarkStrategy<unknown> | undefined;
  readonly valve: WatermarkValve<SplitLease>;
}

/** Event time of one task: a generator for each split, and their minimum by source. */
export class TaskTime {
  readonly #sources = new Map<string, SourceTime>();
  readonly #services: TaskServices;
  readonly #chain: OperatorChain;
  readonly #task: TimedTask;
  #cancelTimer: (() => void) | undefined;

  constructor(
    graph: StreamGraph,
    sourceUids: readonly string[],
    services: TaskServices,
    chain: OperatorChain,
    task: TimedTask,
  ) {
    for (const uid of sourceUids) {
      const strategy = graph.nodes.find((node) => node.uid === uid)?.watermarks;
      this.#sources.set(uid, { strategy, valve: new WatermarkValve() });
    }
    this.#services = services;
    this.#chain = chain;
    this.#task = task;
  }

  ofSplit(sourceUid: string, lease: SplitLease): Pick<TaskInput, 'watermarks' | 'alignment'> {
    const source = this.#sources.get(sourceUid);
    if (source === undefined) return { watermarks: undefined, alignment: undefined };
    const { strategy, valve } = source;
    valve.add(lease);
    if (strategy === undefined) return { watermarks: undefined, alignment: undefined };
    const watermarks = new SourceWatermarks(strategy, this.#services.clock, {
      advanced: (watermark) => {
        this.#pass(sourceUid, valve.advance(lease, watermark));
      },
      idle: (isIdle) => {
        this.#pass(sourceUid, valve.setIdle(lease, isIdle));
      },
    });
    const { alignment } = strategy;
    return { watermarks, alignment: alignment && this.#services.alignments.join(alignment, watermarks) };
  }

  /** Begins to look at the generators at intervals. */
  start(): void {
    const { autoWatermarkIntervalMs, clock } = this.#services;
    const isNeeded = [...this.#sources.values()].some(({ strategy }) => strategy !== undefined);
    if (!isNeeded || autoWatermarkIntervalMs <= 0) return;
    const schedule = (): void => {
      this.#cancelTimer = clock.setTimer(autoWatermarkIntervalMs, () => {
        for (const input of this.#task.inputs.values()) this.lookAt(input);
        schedule();
      });
    };
    schedule();
  }

  /** Asks the split's generator for its watermark. */
  lookAt({ watermarks, isFinished }: TaskInput): void {
    if (watermarks === undefined || isFinished) return;
    this.#task.enterWhenRunning(() => {
      watermarks.onPeriodicEmit();
    });
  }

  /** The split has ended. Called from inside a call of the task. */
  end({ sourceUid, lease, watermarks, alignment }: TaskInput): void {
    alignment?.leave();
    if (watermarks !== undefined) {
      watermarks.end();
      return;
    }
    const valve = this.#sources.get(sourceUid)?.valve;
    if (valve !== undefined) this.#pass(sourceUid, valve.advance(lease, MAX_WATERMARK));
  }

  /** Resolves when the split is no longer ahead of its group, or the task is closed. */
  async aligned(member: AlignmentMember): Promise<void> {
    const { signal } = this.#task;
    while (member.isAhead() && !signal.aborted) {
      await sleep(this.#services.clock, member.intervalMs, signal).catch(() => undefined);
    }
  }

  stop(): void {
    this.#cancelTimer?.();
    for (const { alignment } of this.#task.inputs.values()) alignment?.leave();
  }

  #pass(sourceUid: string, { watermark, isIdle }: ValveOutput): void {
    if (watermark !== undefined) this.#task.touched();
    if (isIdle === false) this.#chain.setIdle(sourceUid, false);
    if (watermark !== undefined) this.#chain.advanceWatermark(sourceUid, watermark);
    if (isIdle === true) this.#chain.setIdle(sourceUid, true);
  }
}
