import { AssignerProtocol, type Assignment, type PartitionAssigner } from 'kafkajs';

/**
 * Gives out neighbouring partitions of a topic (a lane) together, for a sink that writes them together. A member that does not
 * know it, of an earlier version, makes the group use what all of them know.
 */
export const laneAssigner =
  (lanePartitions: number): PartitionAssigner =>
  ({ cluster }) => ({
    name: `Lanes${lanePartitions}Assigner`,
    version: 0,
    assign({ members, topics }) {
      const partitionsOf = (topic: string) =>
        cluster.findTopicPartitionMetadata(topic).map((p) => p.partitionId);
      const shares = assignLanes(
        members.map((m) => m.memberId),
        topics.map((topic) => ({ topic, partitions: partitionsOf(topic) })),
        lanePartitions,
      );
      return Promise.resolve(
        [...shares].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 0,
            assignment,
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol: ({ topics }) => ({
      name: `Lanes${lanePartitions}Assigner`,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    }),
  });

/** One lane after another, to one member after another. */
export function assignLanes(
  memberIds: readonly string[],
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  lanePartitions: number,
): Map<string, Assignment> {
  const shares = [...memberIds].sort().map((id): [string, Assignment] => [id, {}]);
  let next = 0;
  for (const { topic, partitions } of topics) {
    const lanes = Map.groupBy(
      partitions.toSorted((a, b) => a - b),
      (partition) => Math.floor(partition / lanePartitions),
    );
    for (const lane of lanes.values()) {
      const share = shares[next++ % shares.length]?.[1];
      if (share !== undefined) share[topic] = [...(share[topic] ?? []), ...lane];
    }
  }
  return new Map(shares);
}
