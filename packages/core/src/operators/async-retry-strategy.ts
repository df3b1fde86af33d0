/**
 * Whether and when an asynchronous operator calls its function again for an element. After Flink's AsyncRetryStrategy,
 * which counts retries; the elapsed time is added because outages are bounded by time, not by number.
 */
export interface AsyncRetryStrategy {
  /**
   * @param attempts calls made so far, at least 1
   * @param elapsedMs milliseconds since the first call began
   */
  canRetry(attempts: number, elapsedMs: number): boolean;
  /** Milliseconds to wait before the next call. */
  backoffMs(attempts: number): number;
}

/** How long and how often `retryInPlace` tries again. */
export interface RetryInPlaceOptions {
  /** Milliseconds since the first call after which no further call is made. @default 600_000 */
  readonly timeoutMs?: number;
  /** Milliseconds before the second call; doubles with each further one. @default 100 */
  readonly initialDelayMs?: number;
  /** Upper bound of the wait in milliseconds: recovery takes at most about this long. @default 5_000 */
  readonly maxDelayMs?: number;
  /** Share of the wait that is random, so that elements do not come back all at once. @default 0.2 */
  readonly jitter?: number;
  /** Source of randomness, from 0 to below 1; tests give their own. @default Math.random */
  readonly random?: () => number;
}

/** Exponential back-off with jitter for as long as an outage may last. */
export function retryInPlace(options: RetryInPlaceOptions = {}): AsyncRetryStrategy {
  const timeoutMs = options.timeoutMs ?? 600_000;
  const initial = options.initialDelayMs ?? 100;
  const max = options.maxDelayMs ?? 5_000;
  const jitter = options.jitter ?? 0.2;
  const random = options.random ?? Math.random;
  return {
    canRetry: (_attempts, elapsedMs) => elapsedMs < timeoutMs,
    backoffMs: (attempts) => {
      const delay = Math.min(max, initial * 2 ** Math.min(attempts - 1, 30));
      return Math.max(0, Math.round(delay * (1 - jitter + 2 * jitter * random())));
    },
  };
}

/** Flink's fixed delay: at most `maxAttempts` retries, so `maxAttempts + 1` calls. */
export function fixedDelayRetry(maxAttempts: number, backoffMs: number): AsyncRetryStrategy {
  return { canRetry: (attempts) => attempts <= maxAttempts, backoffMs: () => backoffMs };
}
