import { Deque } from '../runtime/deque.js';

/** What came between two watermarks, as far as it is kept back. */
export interface BorderSegment {
  kept: number;
  /** What comes behind it; undefined for the last one. */
  pass: (() => void) | undefined;
}

/** Keeps a watermark until everything that came before it is out; what came behind it may be out earlier. */
export class WatermarkBorders {
  readonly #segments = new Deque<BorderSegment>();
  #last: BorderSegment = { kept: 0, pass: undefined };

  constructor() {
    this.#segments.push(this.#last);
  }

  /** An element is kept back; give what this returns to `out`. */
  keep(): BorderSegment {
    this.#last.kept += 1;
    return this.#last;
  }

  /** An element that was kept back is out. */
  out(segment: BorderSegment): void {
    segment.kept -= 1;
    this.#advance();
  }

  /** A watermark (or a change of idleness) came: `pass` is called when everything before it is out. */
  border(pass: () => void): void {
    this.#last.pass = pass;
    this.#last = { kept: 0, pass: undefined };
    this.#segments.push(this.#last);
    this.#advance();
  }

  #advance(): void {
    for (let first = this.#segments.peek(); first?.kept === 0 && first.pass; first = this.#segments.peek()) {
      this.#segments.shift();
      first.pass();
    }
  }
}
