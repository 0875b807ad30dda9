import {
  periodName,
  type RetentionCell,
  type RetentionColumn,
  type RetentionMode,
  retentionCell,
  retentionColumns,
} from '@fineprint/behaviour';
import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import { refusal, time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';
import { type CohortRange, cohortRange, periodField } from './periods.ts';
import { type RetentionRow, retentionQuestion } from './retention-question.ts';
import { asOf, asOfField, eventKind, eventName } from './selectors.ts';

const MAX_PERIODS = 100;
const MAX_BRACKETS = 30;
const BRACKETS = /^\d{1,3}-\d{1,3}(,\d{1,3}-\d{1,3})*$/;

const brackets = z
  .string()
  .max(MAX_BRACKETS * 8)
  .transform((text, context) => {
    const list = BRACKETS.test(text) ? text.split(',').map((part) => part.split('-').map(Number)) : [];
    const read = list.map(([from = 0, to = 0]) => ({ from, to }));
    const isSound = read.every(({ from, to }) => from <= to && to <= MAX_PERIODS);
    if (read.length > 0 && read.length <= MAX_BRACKETS && isSound) return read;
    const message = `is not 1 to ${MAX_BRACKETS} ranges such as 0-0,1-7,8-30, each up to ${MAX_PERIODS}`;
    context.addIssue({ code: 'custom', ...refusal('invalid_parameter', message) });
    return z.NEVER;
  })
  .meta({
    description: 'Columns of mode `bracket`, in periods after the first, both ends included: `0-0,1-7,8-30`.',
    override: { type: 'string' },
  });

const parameters = z.strictObject({
  period: periodField('week'),
  mode: z.enum(['n_day', 'unbounded', 'bracket']).default('n_day').meta({
    description:
      'Back in exactly that period, in it or any later one, or at least once between two (`brackets`).',
  }),
  periods: wholeNumber({ min: 1, max: MAX_PERIODS, byDefault: 8, description: 'Columns after the first' }),
  brackets: brackets.default([]),
  from: time('The first cohort is of the period that holds this; the last ones if left out.').optional(),
  to: time('Cohorts begin before this; all if left out.').optional(),
  as_of: asOfField,
  start_event: eventName('Joins a cohort by the first event of this name; by any if left out.').optional(),
  start_kind: eventKind('Joins a cohort by the first event of this kind.').optional(),
  return_event: eventName('Comes back with an event of this name; with any if left out.').optional(),
  return_kind: eventKind('Comes back with an event of this kind.').optional(),
});
type Given = z.output<typeof parameters>;

const cellSchema = z
  .object({
    users: z.int(),
    share: z.number().meta({ description: "Of the cohort's size." }),
    complete: z.boolean().meta({ description: 'False while the count may grow.' }),
  })
  .nullable()
  .meta({ description: 'Null: the column has not begun.' });
const answerSchema = z
  .object({
    period: z.string(),
    mode: z.string(),
    as_of: z.iso.datetime(),
    columns: z
      .array(z.object({ from: z.int(), to: z.int().nullable() }))
      .meta({ description: 'Periods after the first event; `to` is null where it has no end.' }),
    cohorts: z.array(
      z.object({
        cohort: z.iso.date().meta({ description: 'The first day of its period.' }),
        size: z.int(),
        cells: z.array(cellSchema),
      }),
    ),
  })
  .meta({ id: 'Retention', description: 'Cohorts that nobody belongs to are left out.' });

function modeOf(given: Given): RetentionMode {
  const { mode, periods } = given;
  if (mode === 'bracket') return { type: mode, brackets: given.brackets };
  return { type: mode, periods };
}

/** Brackets and their mode belong together. */
function requireBrackets({ mode, brackets: given }: Given): void {
  if ((mode === 'bracket') === given.length > 0) return;
  const code = mode === 'bracket' ? 'missing_parameter' : 'invalid_parameter';
  const message = mode === 'bracket' ? 'is needed by mode=bracket' : 'needs mode=bracket';
  throw new Problem(code, 'Parameter brackets.', { errors: [{ code, parameter: 'brackets', message }] });
}

async function answer(
  given: Given,
  range: CohortRange,
  end: ReturnType<typeof asOf>,
  { warehouse }: EndpointContext,
) {
  const { period } = given;
  const mode = modeOf(given);
  const columns = retentionColumns(mode);
  const start = { event: given.start_event, kind: given.start_kind };
  const back = { event: given.return_event, kind: given.return_kind };
  const question = retentionQuestion({ period, mode, columns, range, end, start, back });
  const rows = await warehouse.rows<RetentionRow>(question);
  const cell = (row: RetentionRow, column: RetentionColumn, i: number) =>
    retentionCell(row.cohort, column, { period, asOfMs: end.ms }, () => row.users[i] ?? 0);
  return {
    period,
    mode: mode.type,
    as_of: isoOf(end.ms),
    columns: columns.map(({ from, to }) => ({ from, to: Number.isFinite(to) ? to : null })),
    cohorts: rows.map((row) => ({
      cohort: periodName(row.cohort, period),
      size: row.size,
      cells: columns.map((column, i) => withShare(cell(row, column, i), row.size)),
    })),
  };
}

function withShare(cell: RetentionCell | null, size: number) {
  return cell === null ? null : { users: cell.users, share: cell.users / size, complete: cell.complete };
}

export const retentionEndpoint: Endpoint = {
  path: '/api/v1/analytics/retention',
  name: 'analytics.retention',
  action: 'behaviour',
  data: 'behaviour',
  summary: 'Who comes back, by cohort of the first event',
  description:
    'A person belongs to the period of their first start event; the histories of merged identities count as one.',
  parameters,
  answerSchema,
  example: '?period=week&periods=8&start_event=signup',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    requireBrackets(given);
    const end = asOf(given.as_of, context.nowMs);
    const range = cohortRange(given, given.period, given.periods, end.ms);
    return {
      key: JSON.stringify({ ...given, ...range, endMs: end.ms }),
      answer: () => answer(given, range, end, context),
    };
  },
};
