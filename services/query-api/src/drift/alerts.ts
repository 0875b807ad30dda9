import { z } from 'zod';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { name, time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf, rangeText, resolveRange, type TimeRange } from '../params/time-range.ts';
import { parseJson } from './parse-json.ts';

const WEEK_MS = 7 * 86_400_000;
const states = ['raised', 'resolved'] as const;
const severities = ['info', 'warning', 'critical'] as const;

const parameters = z.strictObject({
  state: z
    .enum(states)
    .optional()
    .meta({ description: '`raised`: those that stand; `resolved`: those that are over.' }),
  kind: name('Only this kind, such as `ai_drift`.').optional(),
  severity: z.enum(severities).optional().meta({ description: 'Only this severity.' }),
  from: time('Alerts that stood at some moment from here; 7 days before `to` if left out.').optional(),
  to: time('Until before this moment; the end of this minute if left out.').optional(),
  limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'Alerts of a page' }),
  offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Alerts left out before' }),
});
type Given = z.output<typeof parameters>;

const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    alerts: z.array(
      z.object({
        alert_id: z.uuid().meta({ description: 'Of its first record.' }),
        dedup_key: z
          .string()
          .meta({ description: 'Names the condition; with `raised_at` it names the alert.' }),
        kind: z.string(),
        severity: z.string().meta({ description: `${severities.join(', ')}.` }),
        state: z.string().meta({ description: `${states.join(' or ')}.` }),
        raised_at: z.iso.datetime(),
        changed_at: z.iso.datetime().meta({ description: 'Its last change.' }),
        resolved_at: z.iso.datetime().nullable(),
        title: z.string(),
        labels: z.record(z.string(), z.string()),
        evidence: z.unknown().meta({ description: 'The figures behind its last change.' }),
        source: z.string(),
      }),
    ),
    next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
  })
  .meta({ id: 'Alerts', description: 'Each alert once, as it stands; those raised last come first.' });

interface Row {
  readonly first_alert_id: string;
  readonly dedup_key: string;
  readonly kind: string;
  readonly severity: string;
  readonly state: string;
  readonly raised_ms: number;
  readonly changed_ms: number;
  readonly resolved_ms: number | null;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly evidence: string;
  readonly source: string;
}

function question(given: Given, range: TimeRange): Question {
  const values: Record<string, string | number> = {
    from: range.fromMs,
    to: range.toMs,
    limit: given.limit + 1, // one more tells whether there is a next page
    offset: given.offset,
  };
  const conditions = [
    `raised_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
    `(resolved_at IS NULL OR resolved_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC'))`,
  ];
  for (const filter of ['state', 'kind', 'severity'] as const) {
    const value = given[filter];
    if (value === undefined) continue;
    conditions.push(`${filter} = {${filter}:String}`);
    values[filter] = value;
  }
  return {
    query: `
      SELECT first_alert_id, dedup_key, kind, severity, state, title, labels, evidence, source,
        toUnixTimestamp64Milli(raised_at) AS raised_ms, toUnixTimestamp64Milli(changed_at) AS changed_ms,
        toUnixTimestamp64Milli(resolved_at) AS resolved_ms
      FROM fineprint.alert_episodes WHERE ${conditions.join(' AND ')}
      ORDER BY raised_at DESC, kind, dedup_key LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    values,
  };
}

async function answer(given: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const rows = await warehouse.rows<Row>(question(given, range));
  return {
    range: rangeText(range),
    alerts: rows.slice(0, given.limit).map((row) => ({
      alert_id: row.first_alert_id,
      dedup_key: row.dedup_key,
      kind: row.kind,
      severity: row.severity,
      state: row.state,
      raised_at: isoOf(row.raised_ms),
      changed_at: isoOf(row.changed_ms),
      resolved_at: row.resolved_ms === null ? null : isoOf(row.resolved_ms),
      title: row.title,
      labels: row.labels,
      evidence: parseJson(row.evidence),
      source: row.source,
    })),
    next_offset: rows.length > given.limit ? given.offset + given.limit : null,
  };
}

export const alerts: Endpoint = {
  path: '/api/v1/alerts',
  name: 'alerts',
  action: 'alerts',
  data: 'alerts',
  summary: 'What stands out, and what did',
  description:
    'Alerts that stood at some moment of a range: raised before its end, and not resolved before it began.',
  parameters,
  answerSchema,
  example: '?state=raised&kind=ai_drift',
  prepare(query, _path, context) {
    const given = readParameters(parameters, query);
    const range = resolveRange(given, { granularity: 'none', defaultMs: WEEK_MS, nowMs: context.nowMs });
    return { key: JSON.stringify({ ...given, ...range }), answer: () => answer(given, range, context) };
  },
};
