import type { createRequire } from 'node:module';
import { CURED_VERSION, type TimerCure } from './timer-cure.js';

interface Request {
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

interface RequestQueue {
  readonly enforceRequestTimeout: boolean;
  readonly requestTimeout: number;
  readonly inflight: ReadonlyMap<number, Request>;
  requestTimeoutIntervalId: NodeJS.Timeout | undefined;
  isConnected(): boolean;
  destroy(): void;
}

interface ConsumerGroup {
  lastRequest: number;
}

interface BrokerPool {
  readonly metadataMaxAge: number;
  metadataExpireAt: number | null;
}

type Method<T> = (this: T, ...args: unknown[]) => unknown;
interface Classes {
  readonly queue: { prototype: { scheduleRequestTimeoutCheck?: (this: RequestQueue) => void } };
  readonly group: { prototype: { heartbeat?: Method<ConsumerGroup> } };
  readonly pool: { prototype: { refreshMetadataIfNecessary?: Method<BrokerPool> } };
}

const CURED = Symbol.for('millrace.kafkajs.clock-cure');
/** How often requests are looked at, as kafkajs does. */
const LOOK_MS = 100;

/**
 * kafkajs 2.2.4 measures time by the wall clock. Set back by an hour, it sent no heartbeat for an hour (the group gives
 * the member's partitions to others again and again), looked for no new partitions and timed out no request; set
 * forward, all requests under way timed out at once. Replaced at load time, as the idle timer is.
 */
export function cureClock(require: ReturnType<typeof createRequire>): TimerCure {
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== CURED_VERSION) return { version, applied: false };
  const classes: Classes = {
    queue: require('kafkajs/src/network/requestQueue/index.js') as Classes['queue'],
    group: require('kafkajs/src/consumer/consumerGroup.js') as Classes['group'],
    pool: require('kafkajs/src/cluster/brokerPool.js') as Classes['pool'],
  };
  const { queue, group, pool } = classes;
  const marked = queue.prototype as { [CURED]?: true };
  if (marked[CURED]) return { version, applied: true };
  const { heartbeat } = group.prototype;
  const { refreshMetadataIfNecessary } = pool.prototype;
  if (!queue.prototype.scheduleRequestTimeoutCheck || !heartbeat || !refreshMetadataIfNecessary) {
    return { version, applied: false };
  }
  queue.prototype.scheduleRequestTimeoutCheck = scheduleRequestTimeoutCheck;
  group.prototype.heartbeat = function (this: ConsumerGroup, ...args) {
    this.lastRequest = Math.min(this.lastRequest, Date.now());
    return heartbeat.apply(this, args);
  };
  pool.prototype.refreshMetadataIfNecessary = function (this: BrokerPool, ...args) {
    if (this.metadataExpireAt !== null) {
      this.metadataExpireAt = Math.min(this.metadataExpireAt, Date.now() + this.metadataMaxAge);
    }
    return refreshMetadataIfNecessary.apply(this, args);
  };
  marked[CURED] = true;
  return { version, applied: true };
}

/** Times out what has been under way for too long, from when it was first seen here, by the monotonic clock. */
function scheduleRequestTimeoutCheck(this: RequestQueue): void {
  if (!this.enforceRequestTimeout) return;
  this.destroy();
  const seen = new WeakMap<Request, number>();
  this.requestTimeoutIntervalId = setInterval(
    () => {
      const now = performance.now();
      for (const request of [...this.inflight.values()]) {
        const since = seen.get(request);
        if (since === undefined) seen.set(request, now);
        else if (now - since > request.requestTimeout) request.timeoutRequest();
      }
      if (!this.isConnected()) this.destroy();
    },
    Math.min(this.requestTimeout, LOOK_MS),
  );
}
