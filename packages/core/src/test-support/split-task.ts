import type { SourceChunk, SplitLease } from '@millrace/core';
import type { StreamGraph } from '../graph/stream-graph.js';
import type { TaskInput } from '../runtime/task-input.js';
import type { TaskServices } from '../runtime/task-services.js';
import { Task } from '../runtime/task.js';

/** A task without state that reads one split of the source `in`. */
export class SplitTask extends Task {
  readonly #input: TaskInput;

  constructor(lease: SplitLease, graph: StreamGraph, services: TaskServices) {
    super({ name: lease.id, graph, sourceUids: ['in'], services, state: undefined });
    this.#input = this.addInput('in', lease);
  }

  take(chunk: SourceChunk<unknown>): Promise<void> {
    return this.push(this.#input, chunk);
  }

  get settledPosition(): number | undefined {
    return this.#input.tracker.settledPosition;
  }

  get nextPosition(): number | undefined {
    return this.#input.tracker.nextPosition;
  }
}
