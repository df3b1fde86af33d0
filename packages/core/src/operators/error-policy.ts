import type { OutputTag } from '../api/output-tag.js';

/**
 * `event`: this element is to blame, the next one may be fine. `infrastructure`: a service, the schema or the set-up is
 * to blame, every element would meet the same.
 */
export type ErrorKind = 'event' | 'infrastructure';

/** Decides who is to blame for what an operator's function threw (anything may be thrown, undefined included). */
export type ErrorClassifier = (error: unknown) => ErrorKind;

/** What is known of a failure when a dead letter is made of it. */
export interface FailureInfo {
  /** uid of the operator whose function threw. */
  readonly operator: string;
  /** Calls made for this element, the failing one included; at least 1. */
  readonly attempts: number;
}

/** Sends an element that failed to a side output instead. */
export interface DeadLetter<IN, DL = unknown> {
  readonly tag: OutputTag<DL>;
  /** Makes the dead letters of one element (several where the element stands for several records). Must not throw. */
  readonly make: (input: IN, error: unknown, info: FailureInfo) => readonly DL[];
}

/**
 * What an operator does when its function throws. Flink knows `fail` alone (the default); the others are per element.
 *
 * Infrastructure errors never skip an element or make it a dead letter: they are retried in place (asynchronous
 * operators) and then fail the job attempt.
 */
export interface ErrorPolicy<IN> {
  /** @default every error is an `event` error */
  readonly classify?: ErrorClassifier;
  /**
   * For event errors: fail the job attempt, drop the element, or send it to a tag.
   * @default 'fail'
   */
  readonly onEventError?: 'fail' | 'skip' | DeadLetter<IN>;
}
