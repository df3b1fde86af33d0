import type { PartitionAssigner } from 'kafkajs';
import { AssignerProtocol, PartitionAssigners } from '../kafkajs/library.js';

/** Another name than kafkajs's: members of one group must all read their topics in the same way. */
const NAME = 'MillraceCoPartitioned';

/** Who reads what: member -> topic -> partitions. Partition n of all topics goes to the same member. */
export function coPartitions(
  memberIds: readonly string[],
  topics: ReadonlyMap<string, readonly number[]>,
): Map<string, Record<string, number[]>> {
  const members = [...memberIds].sort();
  const assignments = new Map<string, Record<string, number[]>>(members.map((member) => [member, {}]));
  for (const [topic, partitions] of topics) {
    for (const partition of [...partitions].sort((a, b) => a - b)) {
      // By number, not by place in a list: a topic that has grown already does not shift the others.
      const assignment = assignments.get(members[partition % members.length] ?? '');
      if (assignment !== undefined) (assignment[topic] ??= []).push(partition);
    }
  }
  return assignments;
}

/** Assigns partition n of all topics of the group to one member, n by n in turn. */
export const coPartitionAssigner: PartitionAssigner = (config) => {
  const { cluster } = config;
  const roundRobin = PartitionAssigners.roundRobin(config);
  return {
    name: NAME,
    version: roundRobin.version,
    assign: ({ members, topics }) => {
      const partitions = new Map(
        topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)]),
      );
      const assignments = coPartitions(members.map(({ memberId }) => memberId), partitions); // prettier-ignore
      return Promise.resolve(
        [...assignments].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: roundRobin.version,
            assignment,
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol: (subscription) => ({ ...roundRobin.protocol(subscription), name: NAME }),
  };
};
