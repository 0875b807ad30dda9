import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { noteUpTo } from './journeys.ts';
import type { CleanTail } from './tail-clean.ts';

/** What is measured is late by this at most. Each look costs ClickHouse 15 to 25 ms, so more of them would be what is measured. */
export const LOOK_MS = 200;

/** How far tables and metrics have come: cheap to ask, as the tables keep it beside their rows. */
const POSITIONS = `SELECT 'stored' AS what, _topic AS topic, _partition AS partition, toFloat64(max(_offset)) AS last FROM fineprint.product_events GROUP BY _topic, _partition
  UNION ALL SELECT 'stored', _topic, _partition, toFloat64(max(_offset)) FROM fineprint.ai_requests GROUP BY _topic, _partition
  UNION ALL SELECT 'counted', 'ai.requests.clean', _partition, toFloat64(max(as_of_offset)) FROM fineprint.ai_metrics GROUP BY _partition`;

interface Position {
  readonly what: 'stored' | 'counted';
  readonly topic: string;
  readonly partition: number;
  readonly last: number;
}

/** Notes in the lanes when rows are there and metrics count them. Rows of a partition are stored in order, so a position tells all. */
export function watchStored(clickhouse: ClickHouseClient, { lanes }: CleanTail): () => Promise<void> {
  let isOver = false;
  const look = async () => {
    const answer = await clickhouse.query({ query: POSITIONS, format: 'JSONEachRow' });
    const positions = await answer.json<Position>();
    const nowMs = Date.now();
    for (const { what, topic, partition, last } of positions) {
      const lane = lanes.get(`${topic}/${partition}`);
      if (lane !== undefined) noteUpTo(lane, what, last, nowMs);
    }
  };
  const running = (async () => {
    for (; !isOver; await sleep(LOOK_MS)) await look();
  })();
  running.catch(() => undefined); // told by the end
  return async () => {
    isOver = true;
    await running;
  };
}
