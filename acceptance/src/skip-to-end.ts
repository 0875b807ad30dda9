import type { SnowflakeSession } from '@fineprint/snowflake';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { inputTopics, nodes, replayTopics } from '@fineprint/topology';

const TOPICS = inputTopics(nodes['snowflake-loader']).filter((t) => !replayTopics.some((r) => r === t));

/**
 * Lets the loader begin with what comes from now on: a shared stack's topics hold what all tests before have left. Its group
 * too: what it read again from before its position would be told as stored by an earlier process.
 */
export async function skipToEnd(session: SnowflakeSession, admin: TopicAdmin): Promise<void> {
  await session.rows("DELETE FROM load_positions WHERE topic <> ''");
  for (const topic of TOPICS) {
    await admin.skipToEnd(nodes['snowflake-loader'].group, topic);
    for (const { partition, nextOffset } of await admin.committed(nodes['snowflake-loader'].group, topic))
      await session.rows(
        'INSERT INTO load_positions (topic, partition_no, next_offset, source_offset) SELECT ?, ?, ?, -1',
        [topic, partition, nextOffset ?? 0],
      );
  }
}
