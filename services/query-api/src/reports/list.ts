import { REPORT_KINDS } from '@fineprint/reports';
import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { wholeNumber } from '../params/fields.ts';

interface Row {
  readonly id: string;
  readonly kind: (typeof REPORT_KINDS)[number];
  readonly period_start: Date;
  readonly period_end: Date;
  readonly created_at: Date;
}

export const listReports = defineOperation({
  method: 'GET',
  path: '/api/v1/reports',
  name: 'reports.list',
  action: 'business',
  summary: 'Weekly and monthly reports, the newest first',
  description:
    'Made by schedule (Mondays and the first of a month, 09:00 UTC) or by `fineprint reports run`.',
  parameters: z.strictObject({
    kind: z.enum(REPORT_KINDS).optional().meta({ description: 'Only these.' }),
    limit: wholeNumber({ min: 1, max: 200, byDefault: 50, description: 'Reports of an answer' }),
    offset: wholeNumber({ min: 0, max: 100_000, byDefault: 0, description: 'Reports left out before' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({
      reports: z.array(
        z.object({
          id: z.string(),
          kind: z.enum(REPORT_KINDS),
          from: z.iso.datetime(),
          to: z.iso.datetime(),
          created_at: z.iso.datetime(),
        }),
      ),
      next_offset: z.int().nullable(),
    })
    .meta({ id: 'Reports' }),
  example: '?kind=weekly',
  async run({ query: { kind, limit, offset } }, { database }) {
    const answered = await database.query(
      `SELECT id, kind, period_start, period_end, created_at FROM fineprint.reports
       WHERE $1::text IS NULL OR kind = $1 ORDER BY period_start DESC, id LIMIT $2 OFFSET $3`,
      [kind ?? null, limit + 1, offset],
    );
    const rows = answered.rows as Row[];
    return {
      status: 200,
      body: {
        reports: rows.slice(0, limit).map((row) => ({
          id: row.id,
          kind: row.kind,
          from: row.period_start.toISOString(),
          to: row.period_end.toISOString(),
          created_at: row.created_at.toISOString(),
        })),
        next_offset: rows.length > limit ? offset + limit : null,
      },
    };
  },
});
