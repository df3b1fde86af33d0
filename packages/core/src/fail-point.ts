/**
 * Places between two steps at which a test can end the process or make it fail, each with what has been done when it is
 * reached. What is said of a request or a write holds for what has been acknowledged to this process.
 */
export const failPoints = {
  'checkpoint-begun': 'a checkpoint of a task with state begins; its intake is not held yet',
  'checkpoint-held': 'the intake is held, records may be in flight',
  'checkpoint-drained': 'nothing is in flight any more, the sinks are not flushed',
  'checkpoint-flushed': 'the sinks are flushed, state and position are not written',
  'checkpoint-written': 'state and position are written, the position is not committed to the source',
  'checkpoint-commit': 'positions are about to be committed to the source, also in a job without state',
  'checkpoint-committed': 'positions are committed to the source',
  'rebalance-assigned': 'splits were assigned, their positions are not looked up yet',
  'rebalance-restored': 'tasks are open with their state restored, nothing is read yet',
  'rebalance-resumed': 'assigned splits are sought and may be read',
  'rebalance-revoked': 'splits are about to be given up, still by their owner; nothing is drained yet',
  'rebalance-drained': 'the tasks of revoked splits are held and drained, or the time for it is over',
  'rebalance-committed': 'the last commit of revoked splits is done or has failed, their tasks are ended',
  'rebalance-released': 'revoked or lost splits are given up; the process is about to join the group again',
  'rebalance-lost': 'the group has evicted this process; its splits are about to be dropped without a commit',
  'kafka-send': 'a produce request is about to be sent',
  'kafka-sent': 'the brokers have acknowledged a produce request, nobody in this process knows it yet',
  'kafka-commit': 'an offset commit is about to be sent to the group coordinator',
  'kafka-committed': 'the group coordinator has acknowledged an offset commit',
  'cassandra-write': 'the Cassandra sink is about to write an element',
  'cassandra-written': "an element's write is acknowledged, the element is not",
  'redis-state-claimed': 'a claim of state on Redis has voided the claims before; its entries are not read yet',
  'redis-state-staged': 'the parts of a large checkpoint are on Redis, none of it counts yet',
  'redis-state-committed': 'a large checkpoint on Redis counts, its parts are not in their place yet',
  'embedded-commit': 'a transaction of the embedded store is about to begin, whatever is in it',
  'embedded-committed': 'a transaction of the embedded store is durable, nobody in this process knows it yet',
  'reconciliation-aggregated': 'an enrolment is computed, nothing of it is written',
  'reconciliation-aggregates-written': 'the aggregates of an enrolment are written, its row is not',
  'reconciliation-enrolment-written': 'the enrolment row is written, nothing is sent',
  'reconciliation-certificate-sent': 'a certificate request is handed to its sink, the audit event is not',
  'reconciliation-audit-sent': 'certificate request and audit event are handed to their sinks',
} as const satisfies Record<string, string>;

/** Name of a place at which a test can end the process. */
export type FailPoint = keyof typeof failPoints;

/** What is done when a fail point is reached. What it throws is thrown there. */
export type FailPointHandler = (name: FailPoint) => void;

/** Also the copy of this package that a test's loader module has must find it. */
const HANDLER = Symbol.for('millrace.failPoint');

const holder = globalThis as { [HANDLER]?: FailPointHandler };

/** Marks a place between two steps; does nothing unless a test has set a handler. Never in the path of every record. */
export function failPoint(name: FailPoint): void {
  holder[HANDLER]?.(name);
}

/**
 * Has `handler` called at every fail point of this process from now on, in place of an earlier one. For tests.
 *
 * @returns a function that takes it away again
 */
export function onFailPoint(handler: FailPointHandler): () => void {
  holder[HANDLER] = handler;
  return () => {
    if (holder[HANDLER] === handler) delete holder[HANDLER];
  };
}
