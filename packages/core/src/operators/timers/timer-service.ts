import { MillraceError } from '../../errors.js';

/**
 * Time as a process function sees it, and its timers. There is at most one timer for a key, a time and a domain: setting
 * it again changes nothing. Timers are state: they are back after a restart, and those of the clock that became due
 * meanwhile fire at once. Round times (to a second, say; event time to `currentWatermark() + 1`) where many would be set.
 *
 * @see Flink, "Process Function", "Timers"
 */
export interface TimerService {
  /** Milliseconds since 1970 UTC by the machine's clock. */
  currentProcessingTime(): number;
  /** The operator's watermark: in `onTimer` the one that made the timer due. MIN_WATERMARK before the first. */
  currentWatermark(): number;
  /**
   * Has `onTimer` called with the element's key when the clock shows `time`, in whole milliseconds since 1970 UTC; a time
   * that has passed is due when the call in hand is over.
   *
   * @throws MillraceError `ERR_TIMERS_NOT_KEYED` where the stream is not keyed
   */
  registerProcessingTimeTimer(time: number): void;
  /**
   * Has `onTimer` called with the element's key when the watermark reaches `time`; one that the watermark has passed
   * already is due with the next watermark.
   *
   * @throws MillraceError `ERR_TIMERS_NOT_KEYED` where the stream is not keyed
   */
  registerEventTimeTimer(time: number): void;
  /** Takes a timer of the element's key back. Does nothing where there is none. */
  deleteProcessingTimeTimer(time: number): void;
  /** Takes a timer of the element's key back. Does nothing where there is none. */
  deleteEventTimeTimer(time: number): void;
}

/** Where there is no key there are no timers, as in Flink; its words. */
export class UnkeyedTimerService implements TimerService {
  readonly #now: () => number;
  readonly #watermark: () => number;

  constructor(now: () => number, watermark: () => number) {
    this.#now = now;
    this.#watermark = watermark;
  }

  currentProcessingTime(): number {
    return this.#now();
  }

  currentWatermark(): number {
    return this.#watermark();
  }

  registerProcessingTimeTimer(): void {
    throw notKeyed('Setting');
  }

  registerEventTimeTimer(): void {
    throw notKeyed('Setting');
  }

  deleteProcessingTimeTimer(): void {
    throw notKeyed('Deleting');
  }

  deleteEventTimeTimer(): void {
    throw notKeyed('Deleting');
  }
}

function notKeyed(what: 'Setting' | 'Deleting'): MillraceError {
  return new MillraceError('ERR_TIMERS_NOT_KEYED', `${what} timers is only supported on a keyed streams.`);
}
