/** Which results and errors of a call are worth another one. */
export interface RetryConditions<OUT = unknown> {
  /** Whether to call again for what a call resolved with. @default never */
  readonly ifResult?: (values: readonly OUT[]) => boolean;
  /**
   * Whether to call again for what a call rejected with (anything may be thrown).
   * @default for infrastructure errors, as the operator's error policy classifies them; never where it does not
   */
  readonly ifException?: (error: unknown) => boolean;
}

/**
 * Whether and when an asynchronous operator calls its function again for an element. After Flink's AsyncRetryStrategy,
 * which counts retries; the elapsed time is added because outages are bounded by time, not by number. When nothing more
 * is tried, the last result or error is the element's. One object serves all elements: it must keep nothing of one.
 */
export interface AsyncRetryStrategy<OUT = unknown> extends RetryConditions<OUT> {
  /**
   * @param attempts calls made so far, at least 1
   * @param elapsedMs milliseconds since the first call began
   */
  canRetry(attempts: number, elapsedMs: number): boolean;
  /** Milliseconds to wait before the next call. @param attempts calls made so far, at least 1 */
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

/**
 * Flink's fixed delay: at most `maxAttempts` retries, so `maxAttempts + 1` calls.
 *
 * @param backoffMs milliseconds before each retry
 * @throws RangeError for a number of retries or a delay below 0
 */
export function fixedDelayRetry<OUT = unknown>(
  maxAttempts: number,
  backoffMs: number,
  conditions: RetryConditions<OUT> = {},
): AsyncRetryStrategy<OUT> {
  check({ maxAttempts, backoffMs });
  return { ...conditions, canRetry: (attempts) => attempts <= maxAttempts, backoffMs: () => backoffMs };
}

/** Delays of `exponentialBackoffRetry`. */
export interface ExponentialBackoffOptions {
  /** Milliseconds before the first retry. */
  readonly initialDelayMs: number;
  /** Upper bound of the delay in milliseconds. */
  readonly maxDelayMs: number;
  /** How much longer each delay is than the one before; at least 1. */
  readonly multiplier: number;
}

/**
 * Flink's exponential back-off: at most `maxAttempts` retries, each after a longer delay. The delay is a function of
 * the number of calls for this element alone (Flink's is shared by all elements, and its first delay is multiplied).
 *
 * @throws RangeError for a number of retries or a delay below 0, or a multiplier below 1
 */
export function exponentialBackoffRetry<OUT = unknown>(
  maxAttempts: number,
  { initialDelayMs, maxDelayMs, multiplier }: ExponentialBackoffOptions,
  conditions: RetryConditions<OUT> = {},
): AsyncRetryStrategy<OUT> {
  check({ maxAttempts, initialDelayMs, maxDelayMs });
  if (!(multiplier >= 1)) throw new RangeError(`the multiplier of a back-off is at least 1, not ${String(multiplier)}`);
  return {
    ...conditions,
    canRetry: (attempts) => attempts <= maxAttempts,
    backoffMs: (attempts) => Math.min(maxDelayMs, initialDelayMs * multiplier ** (attempts - 1)),
  };
}

/** Flink's ready-made conditions. */
export const RetryPredicates = {
  /** For `ifResult`: the call found nothing. */
  emptyResult: (values: readonly unknown[]): boolean => values.length === 0,
  /** For `ifException`: whatever the error is. */
  hasException: (): boolean => true,
} as const;

function check(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!(value >= 0)) throw new RangeError(`${name} of a retry strategy is at least 0, not ${String(value)}`);
  }
}
