import { MAX_WATERMARK } from '../time/watermark.js';
import { Window } from './window.js';

/** The one window of all elements of a key. It has no end: nothing removes it, its results carry the largest time. */
export class GlobalWindow extends Window {
  static readonly #only = new GlobalWindow();
  override readonly namespace = 'global';

  private constructor() {
    super();
  }

  /** There is one. */
  static get(): GlobalWindow {
    return GlobalWindow.#only;
  }

  override maxTimestamp(): number {
    return MAX_WATERMARK;
  }
}
