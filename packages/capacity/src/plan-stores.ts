import type { Demand } from './demand.ts';
import type { Figures } from './figures.ts';
import { type Kind, shareOf } from './kinds.ts';
import { coresFor } from './plan-services.ts';

export interface StorePlan {
  readonly store: 'clickhouse' | 'redis' | 'postgres';
  readonly cores: number;
  /** On disk, or in Redis' memory; null where it does not grow with time. */
  readonly bytesPerDay: number | null;
  readonly bytes: number;
  /** What `bytes` is for. */
  readonly keeps: string;
}

const DAY_S = 86_400;
const HOUR_S = 3_600;

export function planStores(
  demand: Demand,
  figures: Figures,
  kindOfTable: (table: string) => Kind,
): StorePlan[] {
  const { eventsPerSecond, averagePerSecond, aiShare, retentionDays, dedupHours, subjects } = demand;
  const { clickhouse, redis, postgres } = figures.bytes_per_event;
  const cores = (part: string) => coresFor(figures, part, eventsPerSecond, aiShare);
  const rowBytes = Object.entries(clickhouse).reduce((sum, [table, bytes]) => {
    const kind = kindOfTable(table);
    return sum + (bytes / shareOf(kind, figures.ai_share)) * shareOf(kind, aiShare);
  }, 0);
  const perDay = rowBytes * averagePerSecond * DAY_S;
  return [
    {
      store: 'clickhouse',
      cores: cores('clickhouse'),
      bytesPerDay: perDay,
      bytes: perDay * retentionDays,
      keeps: `${retentionDays} days, one copy`,
    },
    {
      store: 'redis',
      cores: cores('redis'),
      bytesPerDay: null,
      bytes: redis * averagePerSecond * dedupHours * HOUR_S,
      keeps: `ids of ${dedupHours} hours, in memory`,
    },
    {
      store: 'postgres',
      cores: cores('postgres'),
      bytesPerDay: null,
      bytes: ((postgres * figures.events) / figures.subjects) * subjects,
      keeps: `${subjects.toLocaleString('en-US')} people`,
    },
  ];
}
