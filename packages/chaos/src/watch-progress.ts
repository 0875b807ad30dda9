import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgressTimes } from './gaps.ts';
import { EVENT_KINDS, ROUTES } from './load/sent-event.ts';
import type { Target } from './target.ts';

/** Where the stages end: events of each kind, the aggregator's windows, the people of the funnel. */
const TABLES = [...EVENT_KINDS.map((kind) => ROUTES[kind].table), 'ai_metrics', 'funnel_progress'] as const;
const POLL_MS = 500;
const POLL_TIMEOUT_MS = 2_000;

export interface ProgressWatch {
  readonly times: ProgressTimes;
  /** Records stored per table, as of the last look. */
  readonly stored: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Notes when each table got something new. Offsets only grow, also where rows are merged away. */
export function watchProgress(target: Target, nowMs: () => number): ProgressWatch {
  const times = new Map<string, number[]>(TABLES.map((t) => [t, []]));
  const stored = new Map<string, number>(TABLES.map((t) => [t, 0]));
  const query = TABLES.map(
    (t) =>
      `SELECT '${t}' AS name, toFloat64(sum(next)) AS total FROM (SELECT _partition, max(_offset) + 1 AS next FROM ${t} GROUP BY _partition)`,
  ).join(' UNION ALL ');
  let watching = true;
  const look = async () => {
    const rows = await target.sql<{ name: string; total: number }>(query, POLL_TIMEOUT_MS);
    for (const { name, total } of rows) {
      if (total <= (stored.get(name) ?? 0)) continue;
      stored.set(name, total);
      times.get(name)?.push(nowMs());
    }
  };
  const running = (async () => {
    while (watching) {
      await look().catch(() => undefined); // ClickHouse is away: there is no progress to be seen
      await sleep(POLL_MS);
    }
  })();
  return {
    times,
    stored,
    async stop() {
      watching = false;
      await running;
    },
  };
}
