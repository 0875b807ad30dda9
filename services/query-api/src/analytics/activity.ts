import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { time } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf, rangeText, resolveRange, type TimeRange } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';

const DAY_MS = 86_400_000;
/** Views with one row per window, as the jobs keep them. */
const GRAINS = {
  quarter_hour: { view: 'activity_quarter_hours', sizeMs: 900_000, defaultMs: DAY_MS },
  day: { view: 'activity_days', sizeMs: DAY_MS, defaultMs: 30 * DAY_MS },
} as const;
const MAX_WINDOWS = 4_000;

const parameters = z.strictObject({
  grain: z
    .enum(['quarter_hour', 'day'])
    .default('day')
    .meta({ description: 'Windows of a quarter of an hour, or of a day (UTC).' }),
  from: time('Windows that begin here or later; a day, or 30 days, before `to` if left out.').optional(),
  to: time('Until before this moment; the end of this minute if left out.').optional(),
});
type Given = z.output<typeof parameters>;

const count = (description: string) => z.int().meta({ description });
const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    grain: z.enum(['quarter_hour', 'day']),
    windows: z.array(
      z.object({
        from: z.iso.datetime(),
        events: z.int(),
        events_by_kind: z.record(z.string(), z.int()),
        people: count('Persons with an event, as they were told apart when it was counted.'),
        sessions: z.int(),
        ai_requests: z.int(),
        ai_errors: z.int(),
        ai_tokens: z.int(),
        ai_people: count('User ids, or else anonymous ids, with a request.'),
        computed_at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'Activity', description: 'Windows without anything, and those not over yet, are left out.' });

interface Row {
  readonly from_ms: number;
  readonly computed_ms: number;
  readonly events: number;
  readonly events_by_kind: Readonly<Record<string, number>>;
  readonly people: number;
  readonly sessions: number;
  readonly ai_requests: number;
  readonly ai_errors: number;
  readonly ai_tokens: number;
  readonly ai_people: number;
}

const question = (grain: Given['grain'], { fromMs, toMs }: TimeRange): Question => ({
  query: `
    SELECT toUnixTimestamp64Milli(window_start) AS from_ms, toUnixTimestamp64Milli(computed_at) AS computed_ms,
      events, events_by_kind, people, sessions, ai_requests, ai_errors, ai_tokens, ai_people
    FROM fineprint.${GRAINS[grain].view}
    WHERE window_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND window_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    ORDER BY window_start`,
  values: { from: fromMs, to: toMs },
});

async function answer({ grain }: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const rows = await warehouse.rows<Row>(question(grain, range));
  return {
    range: rangeText(range),
    grain,
    windows: rows.map(({ from_ms, computed_ms, ...figures }) => ({
      from: isoOf(from_ms),
      ...figures,
      computed_at: isoOf(computed_ms),
    })),
  };
}

export const activityEndpoint: Endpoint = {
  path: '/api/v1/analytics/activity',
  name: 'analytics.activity',
  action: 'behaviour',
  data: 'activity',
  summary: 'Events, people, sessions and AI requests by quarter of an hour or by day',
  description:
    'Counted every 15 minutes, and days at 02:00 UTC, by event time; kept when the events themselves have expired.',
  parameters,
  answerSchema,
  example: '?grain=day&from=2026-01-01&to=2026-02-01',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    const { sizeMs, defaultMs } = GRAINS[given.grain];
    const range = resolveRange(given, { granularity: 'none', defaultMs, nowMs: context.nowMs });
    if (range.toMs - range.fromMs > MAX_WINDOWS * sizeMs) {
      throw new Problem('range_too_large', `A range here holds at most ${MAX_WINDOWS} windows.`);
    }
    return {
      key: JSON.stringify({ grain: given.grain, ...range }),
      answer: () => answer(given, range, context),
    };
  },
};
