import { Deque } from '../runtime/deque.js';

/**
 * In which order results of asynchronous calls go on, and where watermarks are among them. Calls are named by the
 * objects that stand for them; each begins once and ends once.
 */
export interface AsyncResults<C> {
  /** The element of `call` came; its result has its place behind everything that came before. */
  begin(call: C): void;
  /** The result of `call` is there: it goes on as soon as its place allows. */
  ended(call: C): void;
  /** A watermark (or a change of idleness) came: `pass` is called when everything before it is out. */
  boundary(pass: () => void): void;
}

/** Results in the order of the elements, watermarks in place. */
export class OrderedResults<C> implements AsyncResults<C> {
  readonly #emit: (call: C) => void;
  readonly #isOver: (call: C) => boolean;
  readonly #queue = new Deque<{ readonly call: C } | { readonly pass: () => void }>();

  constructor(isOver: (call: C) => boolean, emit: (call: C) => void) {
    this.#isOver = isOver;
    this.#emit = emit;
  }

  begin(call: C): void {
    this.#queue.push({ call });
  }

  ended(): void {
    for (let first = this.#queue.peek(); first !== undefined; first = this.#queue.peek()) {
      if ('call' in first && !this.#isOver(first.call)) return;
      this.#queue.shift();
      if ('call' in first) this.#emit(first.call);
      else first.pass();
    }
  }

  boundary(pass: () => void): void {
    this.#queue.push({ pass });
    this.ended();
  }
}

/** What came between two watermarks. */
export interface Segment<C> {
  open: number;
  /** Ended while the segment was not the first. */
  readonly ended: C[];
  /** What comes behind it; undefined for the last segment. */
  pass: (() => void) | undefined;
}

/**
 * Results as they come, but never across a watermark: none that came behind it is emitted before it, and it waits for
 * all that came before it.
 */
export class UnorderedResults<C extends { segment: Segment<C> | undefined }> implements AsyncResults<C> {
  readonly #emit: (call: C) => void;
  readonly #segments = new Deque<Segment<C>>();
  #last: Segment<C> = { open: 0, ended: [], pass: undefined };

  constructor(emit: (call: C) => void) {
    this.#emit = emit;
    this.#segments.push(this.#last);
  }

  begin(call: C): void {
    this.#last.open += 1;
    call.segment = this.#last;
  }

  ended(call: C): void {
    const { segment } = call;
    if (segment === undefined) return;
    call.segment = undefined;
    segment.open -= 1;
    if (segment !== this.#segments.peek()) {
      segment.ended.push(call);
      return;
    }
    this.#emit(call);
    this.#advance();
  }

  boundary(pass: () => void): void {
    this.#last.pass = pass;
    this.#last = { open: 0, ended: [], pass: undefined };
    this.#segments.push(this.#last);
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      const first = this.#segments.peek();
      if (first === undefined || first.open > 0 || first.pass === undefined) return;
      this.#segments.shift();
      first.pass();
      for (const call of this.#segments.peek()?.ended.splice(0) ?? []) this.#emit(call);
    }
  }
}
