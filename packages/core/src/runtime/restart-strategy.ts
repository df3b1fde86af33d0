/** Decides after each failure of the job whether and when it starts again. Made anew for each run. */
export interface RestartStrategy {
  /**
   * @param nowMs milliseconds of a clock that never goes back
   * @returns milliseconds to wait before the next attempt, undefined where there is none
   */
  next(nowMs: number): number | undefined;
}

/** Makes the strategy of one run; `RestartStrategies` has Flink's. */
export type RestartStrategyFactory = () => RestartStrategy;

/** What Flink's fixed delay does not have. */
export interface FixedDelayOptions {
  /**
   * Milliseconds of running without a failure after which all attempts are available again. Flink's fixed delay never gives them
   * back, so that a job that runs for months ends at its n-th unrelated failure.
   * @default Infinity
   */
  readonly refillAfterMs?: number;
}

/** Flink's `restart-strategy.exponential-delay.*`. */
export interface ExponentialDelayOptions {
  /** Milliseconds before the first restart. @default 1_000 */
  readonly initialBackoffMs?: number;
  /** Longest wait in milliseconds, jitter aside: an outage that ends is noticed about this late. @default 60_000 */
  readonly maxBackoffMs?: number;
  /** Factor from one wait to the next, at least 1. @default 1.5 */
  readonly backoffMultiplier?: number;
  /** Milliseconds of running without a failure after which back-off and attempts begin anew. @default 3_600_000 */
  readonly resetBackoffThresholdMs?: number;
  /** Share by which the wait is changed at random, both ways. @default 0.1 */
  readonly jitterFactor?: number;
  /** Restarts before the job fails for good. @default Infinity */
  readonly attemptsBeforeResetBackoff?: number;
  /** Source of randomness, from 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

/** Flink's `restart-strategy.failure-rate.*`. */
export interface FailureRateOptions {
  /** Failures that any interval may have; one more fails the job. @default 1 */
  readonly maxFailuresPerInterval?: number;
  /** Milliseconds. @default 60_000 */
  readonly failureRateIntervalMs?: number;
  /** Milliseconds before each restart. @default 1_000 */
  readonly delayMs?: number;
}

/** The first failure is the last. */
function noRestart(): RestartStrategyFactory {
  return () => ({ next: () => undefined });
}

/** At most `attempts` restarts, each after `delayMs`. */
function fixedDelay(attempts: number, delayMs: number, options: FixedDelayOptions = {}): RestartStrategyFactory {
  const refillAfterMs = options.refillAfterMs ?? Infinity;
  return () => {
    let used = 0;
    let lastFailure = -Infinity;
    return {
      next(nowMs) {
        // The job did not run while it waited: a refill time below the delay would give attempts back for nothing.
        if (nowMs - lastFailure >= refillAfterMs + delayMs) used = 0;
        lastFailure = nowMs;
        if (used >= attempts) return undefined;
        used += 1;
        return delayMs;
      },
    };
  };
}

/** Waits that grow from failure to failure, and begin anew after a long run without one. */
function exponentialDelay(options: ExponentialDelayOptions = {}): RestartStrategyFactory {
  const initial = options.initialBackoffMs ?? 1_000;
  const max = options.maxBackoffMs ?? 60_000;
  const multiplier = options.backoffMultiplier ?? 1.5;
  const resetAfter = options.resetBackoffThresholdMs ?? 3_600_000;
  const jitter = options.jitterFactor ?? 0.1;
  const attempts = options.attemptsBeforeResetBackoff ?? Infinity;
  const random = options.random ?? Math.random;
  return () => {
    let used = 0;
    let backoff = initial;
    let waited = 0;
    let lastFailure = -Infinity;
    return {
      next(nowMs) {
        // Flink's rule: the threshold counts from the restart, not from the failure.
        if (nowMs - lastFailure >= resetAfter + waited) {
          used = 0;
          backoff = initial;
        }
        lastFailure = nowMs;
        if (used >= attempts) return undefined;
        used += 1;
        waited = Math.round(backoff * (1 - jitter + 2 * jitter * random()));
        backoff = Math.min(max, backoff * multiplier);
        return waited;
      },
    };
  };
}

/** Restarts as long as no more than the given number of failures come in any interval. */
function failureRate(options: FailureRateOptions = {}): RestartStrategyFactory {
  const maxFailures = options.maxFailuresPerInterval ?? 1;
  const interval = options.failureRateIntervalMs ?? 60_000;
  const delayMs = options.delayMs ?? 1_000;
  return () => {
    let failures: number[] = [];
    return {
      next(nowMs) {
        failures = [...failures.filter((at) => nowMs - at <= interval), nowMs];
        return failures.length > maxFailures ? undefined : delayMs;
      },
    };
  };
}

/**
 * Flink's restart strategies, with its defaults.
 *
 * @see Flink, "Task Failure Recovery"
 */
export const RestartStrategies = { noRestart, fixedDelay, exponentialDelay, failureRate };
