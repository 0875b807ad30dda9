import { z } from 'zod';
import type { Endpoint, Prepared } from '../ai/endpoint.ts';
import { name } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { addDecimals } from './decimals.ts';
import {
  pageOf,
  pageSchema,
  periodFields,
  periodOf,
  periodRange,
  periodSchema,
  periodsQuestion,
} from './parameters.ts';
import { currencyField } from './revenue.ts';

const parameters = z.strictObject({
  ...periodFields,
  currency: currencyField,
  plan: name('Only this plan.').optional(),
});

const answerSchema = z
  .object({
    ...pageSchema,
    rows: z.array(
      z.object({
        ...periodSchema,
        currency: z.string().nullable(),
        plan: z.string().meta({ description: 'Empty: the events name none.' }),
        mrr: z.string(),
        subscriptions: z.int(),
      }),
    ),
  })
  .meta({ id: 'BusinessPlans', description: 'Plans that somebody pays for when the period ended.' });

interface Row {
  readonly period_ms: number;
  readonly computed_ms: number;
  readonly currency: string;
  readonly plan: string;
  readonly mrr: string;
  readonly subscriptions: number;
}

export const plansEndpoint: Endpoint = {
  path: '/api/v1/business/plans',
  name: 'business.plans',
  action: 'business',
  data: 'business',
  summary: 'What each plan brings per month',
  description: 'By hour or day, currency and plan.',
  parameters,
  answerSchema,
  example: '?from=2026-01-31&to=2026-02-01',
  prepare(query, _path, { warehouse, nowMs }): Prepared {
    const given = readParameters(parameters, query);
    const range = periodRange(given, nowMs);
    const choice = {
      view: 'business_plans',
      columns: ['currency', 'plan', 'toString(mrr) AS mrr', 'subscriptions'],
      order: 'currency, plan',
      where: {
        ...(given.currency === undefined ? {} : { currency: given.currency }),
        ...(given.plan === undefined ? {} : { plan: given.plan }),
      },
    };
    return {
      key: JSON.stringify({ ...given, ...range }),
      async answer() {
        const rows = await warehouse.rows<Row>(periodsQuestion(choice, given, range));
        return {
          ...pageOf(rows, given, range),
          rows: rows.slice(0, given.limit).map((row) => ({
            ...periodOf(row, given.granularity),
            currency: row.currency === 'XXX' ? null : row.currency,
            plan: row.plan,
            mrr: addDecimals([row.mrr]),
            subscriptions: row.subscriptions,
          })),
        };
      },
    };
  },
};
