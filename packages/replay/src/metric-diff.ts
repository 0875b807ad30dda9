import type { OffsetRange } from '@fineprint/stream-runtime';
import { inRanges, placesOf, textOf } from './diff-sql.ts';
import type { Diff, MetricChange } from './diff-types.ts';
import { compareSums, type Sums } from './metric-sums.ts';
import type { MetricSpec, ReplayTopic } from './stages.ts';
import { columnsOf, tablesOf } from './tables.ts';
import type { Warehouse } from './warehouse.ts';

const BOTH = "'changed', 'removed'";
const CHANGED = "'changed'";

/** How figures of the range would change: those of the live rows, less the old rows, plus the new ones. */
export async function metricDiff(
  warehouse: Warehouse,
  id: string,
  topic: ReplayTopic,
  ranges: readonly OffsetRange[],
): Promise<MetricChange[]> {
  const { live, rows, changes } = tablesOf(id, topic.table);
  const mine = ranges.filter((r) => r.topic === topic.raw);
  if (mine.length === 0) return [];
  const found: MetricChange[] = [];
  for (const metric of topic.metrics) {
    const sums = (table: string, where: string) => sumsOf(warehouse, metric, table, where);
    const old = await sums(live, placesOf(changes, BOTH));
    const made = await sums(rows, placesOf(changes, CHANGED));
    if (compareSums(old, old, made).length === 0) continue;
    const total = await sums(live, inRanges(mine));
    for (const c of compareSums(total, old, made))
      found.push({ table: topic.table, metric: metric.name, ...c });
  }
  return found;
}

async function sumsOf(warehouse: Warehouse, metric: MetricSpec, table: string, where: string): Promise<Sums> {
  const named = (expressions: Readonly<Record<string, string>>, prefix: string, text: boolean) =>
    Object.entries(expressions).map(([n, e]) => `${text ? `toString(${e})` : e} AS ${prefix}${n}`);
  const keys = Object.keys(metric.dimensions);
  const found = await warehouse.select<Record<string, string | number>>(
    `SELECT ${[...named(metric.dimensions, 'd_', true), ...named(metric.measures, 'm_', false)].join(', ')}
      FROM ${table} WHERE ${where} GROUP BY ${keys.map((k) => `d_${k}`).join(', ')}`,
  );
  return found.map((row) => ({
    dimensions: Object.fromEntries(keys.map((k) => [k, String(row[`d_${k}`])])),
    measures: Object.fromEntries(Object.keys(metric.measures).map((m) => [m, Number(row[`m_${m}`])])),
  }));
}

/** Marks that the stage left in the rows that change, before and after. */
export async function placeholderDiff(
  warehouse: Warehouse,
  id: string,
  topics: readonly ReplayTopic[],
  pattern: string,
): Promise<Diff['placeholders']> {
  const counts = new Map<string, { before: number; after: number }>();
  for (const { table } of topics) {
    const { live, rows, changes } = tablesOf(id, table);
    const text = textOf(await columnsOf(warehouse, live));
    for (const [side, from, kinds] of [
      ['before', live, BOTH],
      ['after', rows, CHANGED],
    ] as const) {
      const found = await warehouse.select<{ type: string; n: number }>(
        `SELECT arrayJoin(extractAll(${text}, '${pattern}')) AS type, count() AS n FROM ${from}
          WHERE ${placesOf(changes, kinds)} GROUP BY type`,
      );
      for (const { type, n } of found) {
        const count = counts.get(type) ?? { before: 0, after: 0 };
        count[side] += Number(n);
        counts.set(type, count);
      }
    }
  }
  return [...counts]
    .map(([type, count]) => ({ type, ...count }))
    .filter((c) => c.before !== c.after)
    .sort((a, b) => a.type.localeCompare(b.type));
}
