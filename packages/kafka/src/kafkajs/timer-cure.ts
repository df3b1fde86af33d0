import type { createRequire } from 'node:module';

/** The version whose one function is replaced; any other is left alone. */
export const CURED_VERSION = '2.2.4';

/** What kafkajs does when requests wait because there are too many in flight: look again after this many ms. */
const CHECK_PENDING_REQUESTS_MS = 10;

/** The part of kafkajs's RequestQueue that the replacement works with. */
interface RequestQueue {
  pending: { readonly length: number };
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

export interface TimerCure {
  /** Version of kafkajs that was found. */
  readonly version: string;
  /** Whether the function was replaced (or had been before). */
  readonly applied: boolean;
}

const CURED = Symbol.for('millrace.kafkajs.timer-cure');

/**
 * Replaces `RequestQueue.scheduleCheckPendingRequests` of kafkajs 2.2.4, which re-arms a timer of about 1 ms for ever on
 * each idle connection (kafkajs #1556, #1704, #1751: 3 to 4 % of a core per broker connection, and a
 * TimeoutNegativeWarning on newer Node). Ours arms the timer only while requests wait. Done at load time, so that it also
 * reaches installations from a registry, where a patched lock file does not.
 */
export function cureIdleTimer(require: ReturnType<typeof createRequire>): TimerCure {
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== CURED_VERSION) return { version, applied: false };
  const queue = require('kafkajs/src/network/requestQueue/index.js') as {
    prototype: RequestQueue & { scheduleCheckPendingRequests?: unknown; [CURED]?: true };
  };
  const prototype = queue.prototype;
  if (prototype[CURED]) return { version, applied: true };
  if (typeof prototype.scheduleCheckPendingRequests !== 'function') return { version, applied: false };
  prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
  prototype[CURED] = true;
  return { version, applied: true };
}

function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledForMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledForMs > 0 ? throttledForMs : CHECK_PENDING_REQUESTS_MS,
  );
}
