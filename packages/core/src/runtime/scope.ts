import type { Acknowledgement } from '../connector/sink.js';

/**
 * Counts what one element caused and is not acknowledged yet. It begins with one reference, held by whoever made it;
 * an operator or sink that keeps an element beyond the call it came in takes another (`retain`) and gives it back when
 * it is through with it (`release`). At zero the scope is settled, once.
 *
 * Scopes nest: what a keyed gate lets in runs in a scope of its own, whose end releases the scopes of the elements that
 * were coalesced into it. That is how an offset is known to be safe to commit without a barrier.
 */
export abstract class Scope implements Acknowledgement {
  #references = 1;

  retain(): void {
    this.#references += 1;
  }

  release(): void {
    this.#references -= 1;
    if (this.#references === 0) this.settled();
    else if (this.#references < 0) throw new Error('a scope was released more often than it was retained');
  }

  /** Sinks acknowledge through the scope itself, so that no object is made for it. */
  done(): void {
    this.release();
  }

  abstract failed(error: unknown): void;

  /** Everything that the element caused is acknowledged. */
  protected abstract settled(): void;
}

/** A scope inside another: holds the parent until it is settled, and passes failures up. */
export class ChildScope extends Scope {
  readonly #parent: Scope;
  readonly #onSettled: () => void;

  constructor(parent: Scope, onSettled: () => void) {
    super();
    this.#parent = parent;
    this.#onSettled = onSettled;
    parent.retain();
  }

  failed(error: unknown): void {
    this.#parent.failed(error);
  }

  protected settled(): void {
    this.#onSettled();
    this.#parent.release();
  }
}
