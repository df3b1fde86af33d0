import type { KafkaConnection } from '../connection/kafka-connection.js';
import { KafkaOptionsError } from '../errors.js';

/** Which topics a source reads, for which group, and how. */
export interface KafkaSourceOptions {
  readonly connection: KafkaConnection;
  /**
   * Topics to read; each must exist. At least one. Several are co-partitioned, unless `coPartitioned` says otherwise:
   * partition n of all of them is read by one process and worked on by one task.
   */
  readonly topics: readonly string[];
  /**
   * Whether several topics belong together partition by partition, as joins and shared state need it: all must have the
   * same number of partitions, and be written with the same keys and partitioner. False: each partition has a task of
   * its own, whatever the others are.
   * @default true
   */
  readonly coPartitioned?: boolean;
  /** Consumer group: its committed offsets say where to go on, its coordinator who reads which partition. */
  readonly groupId: string;
  /**
   * Where to begin in a partition for which the group has no offset, or one that is no longer in the log (logged as an
   * error). `latest` skips what stands in the topic: a new group loses a backlog by it.
   * @default 'earliest'
   */
  readonly autoOffsetReset?: 'earliest' | 'latest';
  /**
   * After how many milliseconds without a heartbeat the partitions of a dead process go to others. The brokers allow
   * 6,000 to 1,800,000 unless configured otherwise. Smaller than a pause of the event loop: partitions are taken away
   * from a process that lives.
   * @default 10000
   */
  readonly sessionTimeoutMs?: number;
  /**
   * How long members may take to join again when the group changes, in milliseconds. Must be well above what a drain
   * takes, or members that drain are thrown out.
   * @default 60000
   */
  readonly rebalanceTimeoutMs?: number;
  /** Milliseconds between heartbeats; at most a third of the session timeout. @default 3000, or a third of the session */
  readonly heartbeatIntervalMs?: number;
  /**
   * How long a broker holds a fetch that finds nothing, in milliseconds. Smaller: more idle work. Larger: slower to
   * notice a rebalance and to stop.
   * @default 500
   */
  readonly maxWaitTimeMs?: number;
  /** Bytes of one partition in one fetch at most (a larger record still comes). @default 1048576 */
  readonly maxBytesPerPartition?: number;
  /** Bytes of one fetch at most: about what is held in memory for each broker. @default 10485760 */
  readonly maxBytes?: number;
  /**
   * How long the drain of a revoked partition may take, in milliseconds; what is not settled by then is read again by
   * the next owner. Must be less than the rebalance timeout.
   * @default a third of the rebalance timeout, 20000 at most
   */
  readonly revokeTimeoutMs?: number;
  /**
   * How long a partition may take nothing before this process stops its heartbeats and lets others have it, in
   * milliseconds. Must be above the retry timeouts of the operators, or a long outage of a database looks like a stall.
   * @default 900000
   */
  readonly stallTimeoutMs?: number;
  /** How often the topics' partitions are looked up, in milliseconds: new ones are read from their beginning. @default 30000 */
  readonly metadataMaxAgeMs?: number;
  /** How long `open` waits for the brokers, in milliseconds. @default 60000 */
  readonly openTimeoutMs?: number;
  /** How long `close` may take to leave the group, in milliseconds. @default 5000 */
  readonly closeTimeoutMs?: number;
}

export type ResolvedSourceOptions = Required<KafkaSourceOptions>;

/** Fills in the defaults. @throws {KafkaOptionsError} naming the first option that cannot work */
export function resolveSourceOptions(options: KafkaSourceOptions): ResolvedSourceOptions {
  const sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000;
  const rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? 60_000;
  const resolved: ResolvedSourceOptions = {
    connection: options.connection,
    topics: options.topics,
    groupId: options.groupId,
    coPartitioned: options.coPartitioned ?? true,
    autoOffsetReset: options.autoOffsetReset ?? 'earliest',
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? Math.min(3_000, Math.floor(sessionTimeoutMs / 3)),
    maxWaitTimeMs: options.maxWaitTimeMs ?? 500,
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1_048_576,
    maxBytes: options.maxBytes ?? 10_485_760,
    revokeTimeoutMs: options.revokeTimeoutMs ?? Math.min(20_000, Math.floor(rebalanceTimeoutMs / 3)),
    stallTimeoutMs: options.stallTimeoutMs ?? 900_000,
    metadataMaxAgeMs: options.metadataMaxAgeMs ?? 30_000,
    openTimeoutMs: options.openTimeoutMs ?? 60_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
  };
  check(resolved);
  return resolved;
}

/** Whether partitions of several topics share tasks. */
export function isCoPartitioned({ topics, coPartitioned }: ResolvedSourceOptions): boolean {
  return coPartitioned && topics.length > 1;
}

function check(options: ResolvedSourceOptions): void {
  const fail = (message: string): never => {
    throw new KafkaOptionsError(`kafkaSource: ${message}`);
  };
  if (options.topics.length === 0 || options.topics.includes('')) fail('topics must name at least one topic');
  if (new Set(options.topics).size < options.topics.length) fail('topics names one topic twice');
  if (options.groupId === '') fail('groupId must not be empty');
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === 'number' && !(value > 0)) fail(`${name} is ${String(value)}, it must be more than 0`);
  }
  if (options.heartbeatIntervalMs * 3 > options.sessionTimeoutMs) {
    fail(
      `heartbeatIntervalMs (${String(options.heartbeatIntervalMs)}) must be at most a third of ` +
        `sessionTimeoutMs (${String(options.sessionTimeoutMs)})`,
    );
  }
  if (options.revokeTimeoutMs >= options.rebalanceTimeoutMs) {
    fail(
      `revokeTimeoutMs (${String(options.revokeTimeoutMs)}) must be less than ` +
        `rebalanceTimeoutMs (${String(options.rebalanceTimeoutMs)})`,
    );
  }
}
