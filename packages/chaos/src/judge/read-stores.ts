import { FUNNEL_EVENTS } from '../load/event-source.ts';
import { plantedNeedles } from '../load/planted.ts';
import { EVENT_KINDS, type EventKind, ROUTES } from '../load/sent-event.ts';
import type { Target } from '../target.ts';
import type { MetricRow } from './facts.ts';

export const FUNNEL = 'chaos';

export const funnelDefinition = {
  name: FUNNEL,
  windowMs: 86_400_000,
  order: 'ordered',
  steps: FUNNEL_EVENTS.map((event) => ({ event })),
};

/** The ids of a kind, as often as its table holds them. */
async function storedIds(target: Target, kind: EventKind): Promise<string[]> {
  const query = `SELECT toString(event_id) AS id FROM ${ROUTES[kind].table}`;
  return (await target.sql<{ id: string }>(query)).map((row) => row.id);
}

export async function readStored(target: Target): Promise<Record<EventKind, string[]>> {
  const ids: Record<EventKind, string[]> = { product: [], ai: [], feedback: [], consent: [] };
  for (const kind of EVENT_KINDS) ids[kind] = await storedIds(target, kind);
  return ids;
}

export async function readMetrics(target: Target): Promise<Map<string, MetricRow>> {
  const rows = await target.sql<MetricRow & { minute: number; model: string; version: string }>(
    `SELECT toFloat64(toUnixTimestamp(window_start)) * 1000 AS minute, model_name AS model, model_version AS version,
       toFloat64(sum(requests)) AS requests, toFloat64(sum(successes)) AS successes,
       toFloat64(sum(input_tokens)) AS inputTokens, toFloat64(sum(output_tokens)) AS outputTokens
     FROM ai_metrics_minute GROUP BY minute, model, version`,
  );
  return new Map(rows.map(({ minute, model, version, ...row }) => [`${minute}|${model}|${version}`, row]));
}

const PERSON_PREFIX = 'u:user-';

/** Subject → level. */
export async function readFunnel(target: Target): Promise<Map<string, number>> {
  const rows = await target.sql<{ person: string; level: number }>(
    `SELECT person, toFloat64(level) AS level FROM funnel_people WHERE funnel = '${FUNNEL}'`,
  );
  return new Map(rows.map(({ person, level }) => [person.replace(PERSON_PREFIX, ''), level]));
}

/** Table → rows that hold planted personal data in any column. */
export async function findPersonalData(target: Target): Promise<Map<string, number>> {
  const columns = await target.sql<{ table: string; name: string }>(
    `SELECT c.table AS table, c.name AS name FROM system.columns AS c
     JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
     WHERE c.database = 'fineprint' AND t.engine LIKE '%MergeTree%' AND c.type LIKE '%String%'`,
  );
  const needles = plantedNeedles.map((n) => `'${n}'`).join(', ');
  const found = new Map<string, number>();
  for (const table of new Set(columns.map((c) => c.table))) {
    const texts = columns.filter((c) => c.table === table).map((c) => `ifNull(toString(\`${c.name}\`), '')`);
    const [row] = await target.sql<{ n: number }>(
      `SELECT toFloat64(countIf(multiSearchAny(concat('', ${texts.join(", ' ', ")}), [${needles}]))) AS n FROM \`${table}\``,
    );
    if (row !== undefined && row.n > 0) found.set(table, row.n);
  }
  return found;
}
