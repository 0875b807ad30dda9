import { z } from 'zod';
import type { Endpoint, Prepared } from '../ai/endpoint.ts';
import { readParameters } from '../params/read-parameters.ts';
import {
  pageOf,
  pageSchema,
  periodFields,
  periodOf,
  periodRange,
  periodSchema,
  periodsQuestion,
} from './parameters.ts';

const parameters = z.strictObject(periodFields);

const COUNTS = ['signups', 'activations', 'activated_signups', 'new_users', 'active_users'] as const;
/** Known of days only. */
const DAY_COUNTS = ['wau', 'mau', 'resurrected_users', 'lost_users'] as const;

const ofDays = z.int().nullable().meta({ description: 'Null of hours.' });
const answerSchema = z
  .object({
    ...pageSchema,
    rows: z.array(
      z.object({
        ...periodSchema,
        ...(Object.fromEntries(COUNTS.map((name) => [name, z.int()])) as Record<
          (typeof COUNTS)[number],
          z.ZodInt
        >),
        ...(Object.fromEntries(DAY_COUNTS.map((name) => [name, ofDays])) as Record<
          (typeof DAY_COUNTS)[number],
          typeof ofDays
        >),
        activation_rate: z.number().nullable().meta({ description: 'Activated sign-ups by sign-ups.' }),
        stickiness: z.number().nullable().meta({ description: 'Active people of the day (DAU) by MAU.' }),
        user_quick_ratio: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'BusinessGrowth', description: 'What each figure means: /api/v1/business/metrics.' });

type Row = Readonly<Record<(typeof COUNTS)[number], number>> &
  Readonly<Record<(typeof DAY_COUNTS)[number], number | null>> & {
    readonly period_ms: number;
    readonly computed_ms: number;
  };

const ratio = (value: number | null, by: number | null): number | null =>
  value === null || by === null || by === 0 ? null : value / by;

export const growthEndpoint: Endpoint = {
  path: '/api/v1/business/growth',
  name: 'business.growth',
  action: 'business',
  data: 'business',
  summary: 'Sign-ups, activation, DAU, WAU and MAU, stickiness, quick ratio',
  description:
    'By hour or day, as the last run computed it. People are counted as everywhere under /api/v1/analytics.',
  parameters,
  answerSchema,
  example: '?from=2026-01-01&to=2026-02-01',
  prepare(query, _path, { warehouse, nowMs }): Prepared {
    const given = readParameters(parameters, query);
    const range = periodRange(given, nowMs);
    const choice = {
      view: 'business_growth',
      columns: [...COUNTS, ...DAY_COUNTS],
      order: 'granularity',
      where: {},
    };
    return {
      key: JSON.stringify({ ...given, ...range }),
      async answer() {
        const rows = await warehouse.rows<Row>(periodsQuestion(choice, given, range));
        return {
          ...pageOf(rows, given, range),
          rows: rows.slice(0, given.limit).map((row) => ({
            ...periodOf(row, given.granularity),
            ...Object.fromEntries([...COUNTS, ...DAY_COUNTS].map((name) => [name, row[name]])),
            activation_rate: ratio(row.activated_signups, row.signups),
            stickiness: ratio(row.active_users, row.mau),
            user_quick_ratio:
              row.resurrected_users === null
                ? null
                : ratio(row.new_users + row.resurrected_users, row.lost_users),
          })),
        };
      },
    };
  },
};
