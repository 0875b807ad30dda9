import type { Observation } from './judge.ts';
import { type MetricSql, metricSql } from './metric-sql.ts';
import { metricOf } from './metrics.ts';
import { type Rule, SEASON_MINUTES } from './rule.ts';

/** A question to ClickHouse: text that holds no value, and the values. */
export interface Question {
  readonly query: string;
  readonly values: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface MetricRow {
  readonly labels: readonly string[];
  /** 0 is the window that ends now. */
  readonly period: number;
  readonly value: number | null;
  readonly samples: number;
}

/** What a rule looks at: a window, and the same of earlier periods. */
export interface Look {
  readonly toMs: number;
  readonly windowMs: number;
  readonly seasonMs: number;
  /** Earlier ones. */
  readonly periods: number;
}

const MINUTE_MS = 60_000;
/** More series than anybody is told of; those with most samples are watched. */
export const MAX_SERIES = 300;

export function lookOf(rule: Rule, toMs: number): Look {
  const windowMs = rule.window_minutes * MINUTE_MS;
  const { condition } = rule;
  if (condition.type !== 'anomaly') return { toMs, windowMs, seasonMs: windowMs, periods: 0 };
  return {
    toMs,
    windowMs,
    seasonMs: SEASON_MINUTES[condition.season] * MINUTE_MS,
    periods: condition.periods,
  };
}

/** The short window of a burn rate; null where the rule has none. */
export function shortLookOf(rule: Rule, toMs: number): Look | null {
  if (rule.condition.type !== 'burn_rate') return null;
  const windowMs = rule.condition.short_minutes * MINUTE_MS;
  return { toMs, windowMs, seasonMs: windowMs, periods: 0 };
}

/** Asks for every series that a rule watches. Rejects what ClickHouse cannot tell. */
export function metricQuestion(rule: Rule, look: Look): Question {
  const sql = metricSql[rule.metric];
  if (sql === undefined) throw new Error(`${rule.metric} does not lie in ClickHouse`);
  const { labels } = metricOf(rule.metric);
  const values: Record<string, string | number | readonly string[]> = {
    to: look.toMs,
    hours: look.windowMs / 3_600_000,
    max_series: MAX_SERIES,
  };
  const chosen = Object.entries(rule.where).map(([label, choice], i) => {
    values[`where${i}`] = typeof choice === 'string' ? [choice] : choice;
    return `${sql.labels[labels.indexOf(label)]} IN {where${i}:Array(String)}`;
  });
  const end = sql.endsAt === undefined ? '{to:Int64}' : `least({to:Int64}, ${sql.endsAt})`;
  return {
    query: `
      WITH ${end} AS end_ms
      SELECT labels, period, value, samples FROM (
        SELECT *, dense_rank() OVER (ORDER BY total DESC, labels) AS place FROM (
          SELECT *, sum(samples) OVER (PARTITION BY labels) AS total FROM (
            SELECT [${sql.labels.map((label) => `toString(${label})`).join(', ')}] AS labels,
              toUInt32(intDiv(end_ms - 1 - ${sql.timeMs}, ${look.seasonMs})) AS period,
              ${sql.value} AS value, toFloat64(${sql.samples}) AS samples
            FROM ${sql.table}
            WHERE (${windowsSql(sql, look)})${[sql.filter, ...chosen].map((c) => (c === undefined ? '' : ` AND ${c}`)).join('')}
            GROUP BY labels, period
          )
        )
      ) WHERE place <= {max_series:UInt32} ORDER BY place, period`,
    values,
  };
}

/** Each window by itself, so that what lies between is not read. */
function windowsSql({ timeColumn }: MetricSql, { windowMs, seasonMs, periods }: Look): string {
  const at = (agoMs: number) => `fromUnixTimestamp64Milli(end_ms - ${agoMs}, 'UTC')`;
  return Array.from({ length: periods + 1 }, (_, k) => {
    const endAgoMs = k * seasonMs;
    return `(${timeColumn} >= ${at(endAgoMs + windowMs)} AND ${timeColumn} < ${at(endAgoMs)})`;
  }).join(' OR ');
}

/** Series as a rule judges them, of rows and those of its short window. */
export function observationsOf(
  rule: Rule,
  rows: readonly MetricRow[],
  shortRows: readonly MetricRow[],
): Observation[] {
  const { labels: names, absent } = metricOf(rule.metric);
  const periods = rule.condition.type === 'anomaly' ? rule.condition.periods : 0;
  const short = new Map(shortRows.map((row) => [JSON.stringify(row.labels), row.value]));
  const bySeries = Map.groupBy(rows, (row) => JSON.stringify(row.labels));
  for (const labels of absent === 'zero' ? namedSeries(rule, names) : [])
    if (!bySeries.has(JSON.stringify(labels))) bySeries.set(JSON.stringify(labels), []);
  return Array.from(bySeries, ([key, own]): Observation => {
    const at = new Map(own.map((row) => [row.period, row]));
    const oldest = Math.max(-1, ...at.keys());
    // Before a series began nothing is known; since then nothing is 0.
    const valueAt = (period: number) =>
      at.get(period)?.value ?? (absent === 'zero' && (period <= oldest || period === 0) ? 0 : null);
    const values = JSON.parse(key) as string[];
    return {
      labels: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])),
      value: valueAt(0),
      samples: at.get(0)?.samples ?? 0,
      history: Array.from({ length: periods }, (_, i) => valueAt(i + 1)),
      short: short.get(key) ?? null,
    };
  });
}

/** Series that a rule names one by one: of those nothing at all is news, too. */
function namedSeries({ where }: Rule, names: readonly string[]): string[][] {
  return names.reduce<string[][]>(
    (all, name) => {
      const choice = where[name];
      const choices = choice === undefined ? [] : typeof choice === 'string' ? [choice] : choice;
      return all.flatMap((labels) => choices.map((value) => [...labels, value])).slice(0, MAX_SERIES);
    },
    names.length === 0 ? [] : [[]],
  );
}
