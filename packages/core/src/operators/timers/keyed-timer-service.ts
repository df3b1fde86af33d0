import type { InternalTimerService } from './internal-timer-service.js';
import type { TimerService } from './timer-service.js';

/** Namespace of operators that have none. */
const NO_NAMESPACE = '';

/** The timers of the key in hand, for user functions. */
export class KeyedTimerService implements TimerService {
  readonly #timers: InternalTimerService;
  readonly #checkCall: () => void;

  /** @param checkCall throws where no element or timer is in hand, whose key a timer would get */
  constructor(timers: InternalTimerService, checkCall: () => void) {
    this.#timers = timers;
    this.#checkCall = checkCall;
  }

  currentProcessingTime(): number {
    return this.#timers.currentProcessingTime();
  }

  currentWatermark(): number {
    return this.#timers.currentWatermark();
  }

  registerProcessingTimeTimer(time: number): void {
    this.#checkCall();
    this.#timers.registerProcessingTimeTimer(NO_NAMESPACE, time);
  }

  registerEventTimeTimer(time: number): void {
    this.#checkCall();
    this.#timers.registerEventTimeTimer(NO_NAMESPACE, time);
  }

  deleteProcessingTimeTimer(time: number): void {
    this.#checkCall();
    this.#timers.deleteProcessingTimeTimer(NO_NAMESPACE, time);
  }

  deleteEventTimeTimer(time: number): void {
    this.#checkCall();
    this.#timers.deleteEventTimeTimer(NO_NAMESPACE, time);
  }
}
