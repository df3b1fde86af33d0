import { randomUUID } from 'node:crypto';
import type { PartitionAssigner } from 'kafkajs';
import { AssignerProtocol, PartitionAssigners } from '../kafkajs/library.js';

/** Another name than kafkajs's: members of one group must all share their topics out in the same way. */
const NAME = 'MillraceCoPartitioned';
/** Tells this process from others of the group. */
const PROCESS_ID = randomUUID();

/** A member of the group, and the process that it belongs to. */
export interface GroupMember {
  readonly memberId: string;
  readonly process: string;
}

/**
 * Who reads what: member -> topic -> partitions. Partition n of all topics goes to the same member. Members are ordered
 * by their processes, so that the groups of several sources of one job give partition n to the same process: streams of
 * them can meet in a task.
 */
export function coPartitions(
  members: readonly GroupMember[],
  topics: ReadonlyMap<string, readonly number[]>,
): Map<string, Record<string, number[]>> {
  const ids = members.map(({ memberId, process }) => ({ memberId, order: `${process} ${memberId}` }));
  ids.sort((a, b) => (a.order < b.order ? -1 : 1));
  // No prototype: a topic may be called `constructor`.
  const nothing = (): Record<string, number[]> => Object.create(null) as Record<string, number[]>;
  const assignments = new Map(ids.map(({ memberId }) => [memberId, nothing()]));
  for (const [topic, partitions] of topics) {
    for (const partition of [...partitions].sort((a, b) => a - b)) {
      // By number, not by place in a list: a topic that has grown already does not shift the others.
      const assignment = assignments.get(ids[partition % ids.length]?.memberId ?? '');
      if (assignment !== undefined) (assignment[topic] ??= []).push(partition);
    }
  }
  return assignments;
}

/** Assigns partition n of all topics of the group to one member, n by n in turn. */
export const coPartitionAssigner: PartitionAssigner = (config) => {
  const { cluster } = config;
  const { version } = PartitionAssigners.roundRobin(config);
  return {
    name: NAME,
    version,
    assign: ({ members, topics }) => {
      const known = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        process: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData.toString() ?? '',
      }));
      const partitions = new Map(
        topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)]),
      );
      return Promise.resolve(
        [...coPartitions(known, partitions)].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version,
            assignment,
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData: Buffer.from(PROCESS_ID) }),
    }),
  };
};
