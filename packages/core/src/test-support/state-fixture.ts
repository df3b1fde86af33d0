import { MemoryStateBackend } from '@millrace/core';
import type { StateBackend } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import { TaskState } from '../state/task-state.js';
import type { TaskStateOptions } from '../state/task-state.js';

export const OWNER = { jobName: 'job', source: 'in', split: 'in-0' };

/** One task's state over a backend, opened as often as a test likes. */
export class StateFixture {
  readonly backend: StateBackend;
  readonly clock = new ManualClock();
  task!: TaskState;

  constructor(backend: StateBackend = new MemoryStateBackend()) {
    this.backend = backend;
  }

  /** Begins a new owner of the state: what was not written is gone. */
  async open(options: Partial<TaskStateOptions> = {}): Promise<KeyedStateBackend> {
    this.task = new TaskState(await this.backend.claim(OWNER), {
      owner: OWNER,
      clock: this.clock,
      stateful: ['op'],
      allowNonRestoredState: false,
      ...options,
    });
    return this.task.forOperator('op');
  }

  checkpoint(position = 0): Promise<void> {
    return this.task.write(new Map([['in', position]]));
  }

  /** Keys of the entries that the backend holds. */
  async persisted(): Promise<string[]> {
    return [...((await this.backend.read(OWNER))?.scan('') ?? [])].map(([key]) => key);
  }
}
