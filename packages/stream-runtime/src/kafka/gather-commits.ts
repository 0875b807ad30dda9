import type { EachBatchPayload } from 'kafkajs';

type Commit = EachBatchPayload['commitOffsetsIfNecessary'];
interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** Positions that are committed at the same moment go to the broker as one request. */
export function gatherCommits() {
  let gathered: Position[] = [];
  let underWay: Promise<void> | undefined;

  return {
    /** Settles with the request that the position went with. `commit` is of the generation that all of the moment share. */
    add(position: Position, commit: Commit): Promise<void> {
      gathered.push(position);
      underWay ??= Promise.resolve().then(() => {
        const topics = byTopic(gathered);
        gathered = [];
        underWay = undefined;
        return commit({ topics });
      });
      return underWay;
    },
  };
}

function byTopic(positions: readonly Position[]) {
  const topics = new Map<string, { partition: number; offset: string }[]>();
  for (const { topic, partition, offset } of positions) {
    const partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, [{ partition, offset }]);
    else partitions.push({ partition, offset });
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}
