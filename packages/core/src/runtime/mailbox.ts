import { Deque } from './deque.js';

/**
 * Makes the calls into one task's operators follow one another. A call that arises inside another (a side output, a
 * group let in by an acknowledgement, an answer) waits until that is over: no operator is entered from inside itself,
 * the stack does not grow, and the order is that of arising.
 *
 * RxJS does not give this: a Subject that is fed from inside its own `next` shows elements in reverse.
 */
export class Mailbox {
  readonly #mail = new Deque<() => void>();
  readonly #onError: (error: unknown) => void;
  #isInCall = false;
  #isClosed = false;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /**
   * Runs `call` now where no other is running, else after it. Does nothing once closed.
   *
   * @param subject handed to `call`: what is called for each element needs no closure then
   */
  run<T>(call: (subject: T) => void, subject: T): void;
  run(call: () => void): void;
  run<T>(call: (subject?: T) => void, subject?: T): void {
    if (this.#isClosed) return;
    if (this.#isInCall) {
      this.#mail.push(
        subject === undefined
          ? call
          : () => {
              call(subject);
            },
      );
      return;
    }
    this.#isInCall = true;
    this.#invoke(call, subject);
    this.end();
  }

  /** Begins a call where none is running: `run` without a closure, for the one call that is made per record. */
  begin(): boolean {
    if (this.#isInCall || this.#isClosed) return false;
    this.#isInCall = true;
    return true;
  }

  /** Ends the call that `begin` began, and makes those that arose in it. */
  end(): void {
    for (let call = this.#mail.shift(); call !== undefined; call = this.#mail.shift()) {
      if (!this.#isClosed) this.#invoke(call);
    }
    this.#isInCall = false;
  }

  /** Nothing runs any more, what waits is forgotten. */
  close(): void {
    this.#isClosed = true;
    this.#mail.drain();
  }

  #invoke<T>(call: (subject?: T) => void, subject?: T): void {
    try {
      call(subject);
    } catch (error) {
      this.#onError(error);
    }
  }
}
