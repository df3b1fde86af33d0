import type { TrackedRecord } from './offset-tracker.js';
import { Scope } from './scope.js';
import type { TaskInput } from './task-input.js';

/** What the scopes of a task tell it. */
export interface ScopeOwner {
  fail(error: unknown): void;
  recordSettled(scope: RecordScope): void;
  scopeSettled(): void;
}

/** The scope of a record that was read: the root of everything that it causes. */
export class RecordScope extends Scope implements TrackedRecord {
  readonly input: TaskInput;
  readonly position: number;
  /**
   * When it was read, by the clock that never goes back; undefined for one whose way is not timed. Not -1: V8 would box
   * a number for each record, as all have to be fractions where some are.
   */
  readonly readAt: number | undefined;
  readonly bytes: number;
  isSettled = false;
  readonly #owner: ScopeOwner;

  constructor(owner: ScopeOwner, input: TaskInput, position: number, readAt: number | undefined, bytes: number) {
    super();
    this.#owner = owner;
    this.input = input;
    this.position = position;
    this.readAt = readAt;
    this.bytes = bytes;
  }

  failed(error: unknown): void {
    this.#owner.fail(error);
  }

  protected settled(): void {
    this.#owner.recordSettled(this);
  }
}

/** The scope of what a timer or the end of the input causes: no position depends on it, but a checkpoint waits for it. */
export class TaskScope extends Scope {
  readonly #owner: ScopeOwner;

  constructor(owner: ScopeOwner) {
    super();
    this.#owner = owner;
  }

  failed(error: unknown): void {
    this.#owner.fail(error);
  }

  protected settled(): void {
    this.#owner.scopeSettled();
  }
}
