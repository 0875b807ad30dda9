import { z } from 'zod';
import type { Endpoint, Prepared } from '../ai/endpoint.ts';
import { name } from '../params/fields.ts';
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

const SCOPES = ['all', 'plan', 'feature', 'plan_feature'] as const;

const parameters = z.strictObject({
  ...periodFields,
  by: z.enum(SCOPES).default('all').meta({ description: 'One row per period, plan, feature, or both.' }),
  plan: name('Only people on this plan when the period ended; by plan or plan_feature.').optional(),
  feature: name('Only this feature; by feature or plan_feature.').optional(),
});

const answerSchema = z
  .object({
    ...pageSchema,
    by: z.enum(SCOPES),
    rows: z.array(
      z.object({
        ...periodSchema,
        plan: z.string().nullable().meta({ description: 'Null where rows are not by plan; empty: none.' }),
        feature: z.string().nullable().meta({ description: 'Null where rows are not by feature.' }),
        events: z.int(),
        users: z.int(),
        feature_uses: z.int(),
        duration_ms: z.int(),
      }),
    ),
  })
  .meta({ id: 'BusinessUsage', description: 'Of a period and plan, the 500 most used features.' });

interface Row {
  readonly period_ms: number;
  readonly computed_ms: number;
  readonly plan: string;
  readonly feature: string;
  readonly events: number;
  readonly users: number;
  readonly feature_uses: number;
  readonly duration_ms: number;
}

export const usageEndpoint: Endpoint = {
  path: '/api/v1/business/usage',
  name: 'business.usage',
  action: 'business',
  data: 'business',
  summary: 'Events, active people and use of features, by plan',
  description: 'By hour or day, as the last run computed it.',
  parameters,
  answerSchema,
  example: '?by=plan_feature&plan=professional',
  prepare(query, _path, { warehouse, nowMs }): Prepared {
    const given = readParameters(parameters, query);
    const range = periodRange(given, nowMs);
    const hasPlan = given.by === 'plan' || given.by === 'plan_feature';
    const hasFeature = given.by === 'feature' || given.by === 'plan_feature';
    const choice = {
      view: 'business_usage',
      columns: ['plan', 'feature', 'events', 'users', 'feature_uses', 'duration_ms'],
      order: 'plan, feature',
      where: {
        scope: given.by,
        ...(given.plan === undefined ? {} : { plan: given.plan }),
        ...(given.feature === undefined ? {} : { feature: given.feature }),
      },
    };
    return {
      key: JSON.stringify({ ...given, ...range }),
      async answer() {
        const rows = await warehouse.rows<Row>(periodsQuestion(choice, given, range));
        return {
          ...pageOf(rows, given, range),
          by: given.by,
          rows: rows.slice(0, given.limit).map((row) => ({
            ...periodOf(row, given.granularity),
            plan: hasPlan ? row.plan : null,
            feature: hasFeature ? row.feature : null,
            events: row.events,
            users: row.users,
            feature_uses: row.feature_uses,
            duration_ms: row.duration_ms,
          })),
        };
      },
    };
  },
};
