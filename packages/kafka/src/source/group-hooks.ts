import type { Broker, PartitionAssigner } from 'kafkajs';
import { PartitionAssigners } from '../kafkajs/library.js';

/** What a consumer does at two points for which kafkajs has no callback. */
export interface GroupHooks {
  /** A coordinator was found, the member is about to (re)join: the last moment at which its partitions are its own. */
  beforeJoin(coordinator: Broker): Promise<void>;
  /** About to fetch (also called once when the consumer starts). Throw to have the member rejoin. */
  beforeFetch(): void;
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

/**
 * kafkajs's round-robin assigner, and with it the hooks. kafkajs tells nobody before it rejoins (its REBALANCING event is
 * not awaited, #1156), but it awaits `findGroupCoordinator` of the cluster object that it hands to assigners first, and
 * `refreshMetadataIfNecessary` before each fetch. Both are wrapped on this consumer's own cluster object.
 */
export function hookedRoundRobin(hooks: GroupHooks): PartitionAssigner {
  return (config) => {
    const { cluster } = config;
    const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (group) => {
      const coordinator = await findGroupCoordinator(group);
      await hooks.beforeJoin(coordinator);
      return coordinator;
    };
    const refreshMetadataIfNecessary = cluster.refreshMetadataIfNecessary.bind(cluster);
    cluster.refreshMetadataIfNecessary = async () => {
      hooks.beforeFetch();
      await refreshMetadataIfNecessary();
    };
    return PartitionAssigners.roundRobin(config);
  };
}
