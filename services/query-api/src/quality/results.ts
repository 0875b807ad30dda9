import { datasetNames, ruleTypes, statuses } from '@fineprint/data-quality';
import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { name, time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { rangeText, resolveRange, type TimeRange } from '../params/time-range.ts';
import { resultSchema, type StoredResult, toResult } from './answers.ts';

const WEEK_MS = 604_800_000;

const parameters = z.strictObject({
  rule: name('Only this rule.').optional(),
  dataset: z.enum(datasetNames).optional().meta({ description: 'Only rules about this dataset.' }),
  kind: z.enum(ruleTypes).optional().meta({ description: 'Only rules of this kind.' }),
  status: z.enum(statuses).optional().meta({ description: 'Only results like this.' }),
  from: time('Results of this slot or later; 7 days before `to` if left out.').optional(),
  to: time('Until before this moment; the end of this minute if left out.').optional(),
  limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'Results of a page' }),
  offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Results left out before' }),
});
type Given = z.output<typeof parameters>;

const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    results: z.array(resultSchema),
    next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
  })
  .meta({ id: 'QualityResults', description: 'Each result once; the latest slots come first.' });

const MS = (column: string) => `toUnixTimestamp64Milli(${column}) AS ${column}`;

function question(given: Given, range: TimeRange): Question {
  const values: Record<string, string | number> = {
    from: range.fromMs,
    to: range.toMs,
    limit: given.limit + 1, // one more tells whether there is a next page
    offset: given.offset,
  };
  const conditions = [
    `q.slot >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')`,
    `q.slot < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
  ];
  for (const filter of ['rule', 'dataset', 'kind', 'status'] as const) {
    const value = given[filter];
    if (value === undefined) continue;
    conditions.push(`${filter} = {${filter}:String}`);
    values[filter] = value;
  }
  return {
    query: `
      SELECT result_id, ${MS('slot')}, rule, dataset, kind, severity, status, rows_checked, bad_rows, value, threshold,
        ${MS('window_start')}, ${MS('window_end')}, sample_event_ids, details, ${MS('evaluated_at')}
      FROM fineprint.quality_checks AS q WHERE ${conditions.join(' AND ')}
      ORDER BY q.slot DESC, dataset, rule LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    values,
  };
}

async function answer(given: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const rows = await warehouse.rows<StoredResult>(question(given, range));
  return {
    range: rangeText(range),
    results: rows.slice(0, given.limit).map(toResult),
    next_offset: rows.length > given.limit ? given.offset + given.limit : null,
  };
}

export const qualityResults: Endpoint = {
  path: '/api/v1/quality/results',
  name: 'quality.results',
  action: 'quality',
  data: 'quality',
  summary: 'What the data quality rules said',
  description:
    'Every 6 hours, and whenever a run of `data-quality` was asked for (POST /api/v1/jobs/data-quality/runs).',
  parameters,
  answerSchema,
  example: '?status=fail&dataset=product_events',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    const range = resolveRange(given, { granularity: 'none', defaultMs: WEEK_MS, nowMs: context.nowMs });
    return { key: JSON.stringify({ ...given, ...range }), answer: () => answer(given, range, context) };
  },
};
