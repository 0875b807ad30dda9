import { type Stay, stickinessOfStays } from '@fineprint/behaviour';
import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { readParameters } from '../params/read-parameters.ts';
import { rangeText, type TimeRange } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';
import { byPerson, EVENT_MS, HAS_ID, RAW_IDS } from './persons.ts';
import { daysRange, rangeFields, rangeSql } from './ranges.ts';
import { eventKind, eventName, selectorSql } from './selectors.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** One row of ClickHouse's answer per day and gap. */
const MAX_DAYS = 400;
/** A gap of 30 days or more is like no return at all. */
const MONTH_DAYS = 30;

const parameters = z.strictObject({
  ...rangeFields(DEFAULT_DAYS),
  event: eventName('Active by an event of this name; by any if left out.').optional(),
  kind: eventKind('Active by an event of this kind.').optional(),
});
type Given = z.output<typeof parameters>;

const ratio = z.number().nullable().meta({ description: 'Null where nobody was active.' });
const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    dau_over_mau: ratio,
    dau_over_wau: ratio,
    wau_over_mau: ratio,
    days: z.array(z.object({ day: z.iso.date(), dau: z.int(), wau: z.int(), mau: z.int() })).meta({
      description: 'People active on the day, in the 7 days that end with it, and in the 30.',
    }),
  })
  .meta({ id: 'Stickiness', description: 'Ratios are of the sums over all days.' });

/** On which days people were active, and how long until they were again: all that the three counts need. */
function questionOf(given: Given, { fromMs, toMs }: TimeRange): Question {
  const active = selectorSql('active', given);
  const firstDay = Math.floor(fromMs / DAY_MS) - (MONTH_DAYS - 1);
  const range = rangeSql({ fromMs: Math.max(0, firstDay * DAY_MS), toMs });
  const groups = `
    SELECT ${RAW_IDS}, groupUniqArray(toInt32(intDiv(${EVENT_MS}, ${DAY_MS}))) AS days
    FROM fineprint.product_events
    WHERE ${HAS_ID} AND ${active.sql} AND ${range.sql}
    GROUP BY user_id, alias`;
  return {
    query: `
      SELECT stay.1 AS day, stay.2 AS gapDays, count() AS users
      FROM (
        SELECT arrayJoin(arrayZip(days, arrayMap(
          (day, next) -> least(next - day, ${MONTH_DAYS}), days, arrayPushBack(arrayPopFront(days), 1000000)))) AS stay
        FROM (${byPerson('arraySort(groupUniqArrayArray(days)) AS days', groups)})
      ) GROUP BY day, gapDays`,
    values: { ...active.values, ...range.values },
  };
}

async function answer(given: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const stays = await warehouse.rows<Stay>(questionOf(given, range));
  const { days, dauOverMau, dauOverWau, wauOverMau } = stickinessOfStays(stays, range.fromMs, range.toMs);
  return {
    range: rangeText(range),
    dau_over_mau: dauOverMau,
    dau_over_wau: dauOverWau,
    wau_over_mau: wauOverMau,
    days,
  };
}

export const stickinessEndpoint: Endpoint = {
  path: '/api/v1/analytics/stickiness',
  name: 'analytics.stickiness',
  action: 'behaviour',
  data: 'behaviour',
  summary: 'People active by day, week and month, and how the three compare',
  description: 'One row per UTC day that the range touches.',
  parameters,
  answerSchema,
  example: '?from=2026-01-01&to=2026-02-01',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    const range = daysRange(given, DEFAULT_DAYS, context.nowMs);
    if (range.toMs - range.fromMs > MAX_DAYS * DAY_MS) {
      throw new Problem('range_too_large', `A range here is at most ${MAX_DAYS} days.`);
    }
    return { key: JSON.stringify({ ...given, ...range }), answer: () => answer(given, range, context) };
  },
};
