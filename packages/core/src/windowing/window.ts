/**
 * A finite part of a stream of one key. Two windows with the same `namespace` are the same window: it is what state and
 * timers are kept under, so it must say everything about the window, and the same thing after a restart.
 */
export abstract class Window {
  /** The largest event time, in milliseconds, that an element of the window can have. Its results carry this time. */
  abstract maxTimestamp(): number;

  /** The window as text, not empty, from which `WindowAssigner.windowOf` makes it again. */
  abstract readonly namespace: string;
}
