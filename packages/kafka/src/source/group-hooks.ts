import type { Broker, PartitionAssigner } from 'kafkajs';
import { fetchCure } from '../kafkajs/library.js';
import { watchJoin } from './join-failure.js';
import { watchRange } from './out-of-range.js';

/** What a consumer does at points for which kafkajs has no callback. */
export interface GroupHooks {
  /** A coordinator was found, the member is about to (re)join: the last moment at which its partitions are its own. */
  beforeJoin(coordinator: Broker): Promise<void>;
  /**
   * The coordinator refused what was asked to join. Where kafkajs holds that for something else than a rebalance (a
   * coordinator that still loads its groups), it goes on fetching as if it were a member as before.
   */
  joinFailed(): void;
  /**
   * About to fetch (also called once when the consumer starts). Throw to have the member rejoin; a promise is awaited, no
   * heartbeat is sent meanwhile.
   */
  beforeFetch(): Promise<void> | undefined;
  /** The brokers could not be reached; the client goes on trying. */
  outOfReach(error: unknown): void;
  /** The offset that was to be fetched is not in the log. Whether that was taken care of, else kafkajs does. Never rejects. */
  outOfRange(topic: string, partition: number): Promise<boolean>;
}

/**
 * Makes the fetch loop rejoin the group: kafkajs takes it for a rebalance. Plain, retriable, and of no class that kafkajs
 * holds for a defect.
 */
export class RejoinSignal extends Error {
  readonly type = 'REBALANCE_IN_PROGRESS';
  readonly retriable = true;
  override readonly name = 'RejoinSignal';
}

/** An outage, said so that kafkajs's fetch loop waits and tries again. */
class OutageError extends Error {
  readonly retriable = true;
  override readonly name = 'OutageError';
}

/**
 * An assigner with the hooks. kafkajs tells nobody before it rejoins (its REBALANCING event is
 * not awaited, #1156), but it awaits `findGroupCoordinator` of the cluster object that it hands to assigners first, and
 * `refreshMetadataIfNecessary` before each fetch. Both are wrapped on this consumer's own cluster object.
 *
 * So are the calls that end in KafkaJSNumberOfRetriesExceeded when no broker answers: the fetch loop holds that for the
 * consumer's death and starts another member, and when the broker is back that one waits until the session of the first,
 * which nobody can end, is over. As an outage it is waited for, and the member goes on.
 */
export function hooked(assigner: PartitionAssigner, hooks: GroupHooks): PartitionAssigner {
  return (config) => {
    const { cluster } = config;
    const patiently = async <T>(call: Promise<T>): Promise<T> => {
      try {
        return await call;
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'KafkaJSNumberOfRetriesExceeded') throw error;
        hooks.outOfReach(error);
        throw new OutageError(error.message, { cause: error });
      }
    };
    const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (group) => {
      const coordinator = await patiently(findGroupCoordinator(group));
      await hooks.beforeJoin(coordinator);
      return watchJoin(coordinator, () => hooks.joinFailed());
    };
    const refreshMetadataIfNecessary = cluster.refreshMetadataIfNecessary.bind(cluster);
    cluster.refreshMetadataIfNecessary = async () => {
      const ready = hooks.beforeFetch();
      if (ready !== undefined) await ready;
      await patiently(refreshMetadataIfNecessary());
    };
    const refreshMetadata = cluster.refreshMetadata.bind(cluster);
    cluster.refreshMetadata = () => patiently(refreshMetadata());
    const findBroker = cluster.findBroker.bind(cluster);
    cluster.findBroker = async (node) => {
      const broker = fetchCure.decodeFast(await patiently(findBroker(node)));
      return watchRange(broker, (topic, partition) => hooks.outOfRange(topic, partition));
    };
    const connect = cluster.connect.bind(cluster);
    cluster.connect = () => patiently(connect());
    const getNodeIds = cluster.getNodeIds.bind(cluster);
    let known: number[] = [];
    cluster.getNodeIds = () => {
      // None is left when the connection to the last one breaks, and "no broker" ends the consumer at once. With the ones
      // that were known the next fetch looks for them, as an outage.
      const ids = getNodeIds();
      if (ids.length > 0) known = ids;
      return known;
    };
    return assigner(config);
  };
}
