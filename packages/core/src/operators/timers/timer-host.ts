import type { Scope } from '../../runtime/scope.js';
import type { RuntimeContext } from '../async-function.js';

/** A persisted ordered set of byte strings. */
export interface MemberSet {
  add(member: string): void;
  delete(member: string): void;
  members(): Iterable<string>;
}

/** What timers need of an operator's keyed state. */
export interface TimerState {
  readonly currentKey: string | number;
  setCurrentKey(key: string | number): void;
  setCurrentNamespace(namespace: string): void;
  sortedSet(name: string): MemberSet;
}

/** The part of an OperatorHost that timers use. */
export interface TimerHost {
  readonly context: Pick<RuntimeContext, 'clock' | 'operator'>;
  readonly state: TimerState;
  /** A scope for what no element caused, with one reference. */
  createScope(): Scope;
  /** Runs the call as one of the task, not while a checkpoint holds it. */
  enterWhenRunning(call: () => void): void;
  fail(error: unknown): void;
}
