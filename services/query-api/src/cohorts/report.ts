import type { ActiveDefinition } from '@fineprint/definitions';
import { z } from 'zod';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import { inForce, namedPath } from '../definitions/in-force.ts';
import { wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { membersWhere } from './cohort-where.ts';

const parameters = z.strictObject({
  days: wholeNumber({ min: 1, max: 3_660, byDefault: 366, description: 'Newest days shown' }),
});

const answerSchema = z
  .object({
    cohort: z.string(),
    version: z.int().meta({ description: 'Of the definition, that is in force and counted by.' }),
    size: z.int().meta({ description: 'size = without_day + earlier + all of by_day.' }),
    without_day: z.int().meta({ description: 'Members by a rule that has no moment.' }),
    earlier: z.int().meta({ description: 'Members since days before those shown.' }),
    by_day: z.array(z.object({ day: z.iso.date(), members: z.int() })).meta({
      description:
        'By the day (UTC) since which they are members, newest first; days of nobody are left out.',
    }),
  })
  .meta({ id: 'CohortReport' });

interface Row {
  readonly day: string | null;
  readonly members: number;
  readonly size: number;
}

async function answer(cohort: ActiveDefinition<'cohort'>, days: number, { warehouse }: EndpointContext) {
  const { condition, values } = membersWhere(cohort);
  const rows = await warehouse.rows<Row>({
    query: `
      SELECT day, members, sum(members) OVER () AS size
      FROM
      (
        SELECT formatDateTime(since, '%Y-%m-%d') AS day, count() AS members
        FROM fineprint.cohort_members WHERE ${condition} GROUP BY day
      )
      ORDER BY day DESC NULLS FIRST LIMIT {rows:UInt32}`,
    values: { ...values, rows: days + 1 },
  });
  const size = rows[0]?.size ?? 0;
  const withoutDay = rows.find((row) => row.day === null)?.members ?? 0;
  const byDay = rows.flatMap(({ day, members }) => (day === null ? [] : [{ day, members }])).slice(0, days);
  const shown = byDay.reduce((sum, row) => sum + row.members, 0);
  return {
    cohort: cohort.name,
    version: cohort.version,
    size,
    without_day: withoutDay,
    earlier: size - withoutDay - shown,
    by_day: byDay,
  };
}

export const cohortReport: Endpoint = {
  path: '/api/v1/analytics/cohorts/{name}/report',
  name: 'analytics.cohorts.report',
  action: 'behaviour',
  data: 'cohorts',
  summary: 'How many people are in a cohort, and since when',
  description: 'Now, by the definition in force.',
  parameters,
  pathParameters: namedPath,
  answerSchema,
  example: '?days=30',
  async prepare(query, path, context) {
    const { days } = readParameters(parameters, query);
    const { name } = readParameters(namedPath, path);
    const cohort = await inForce(context.database, 'cohort', name);
    const key = JSON.stringify([name, cohort.version, days]);
    return { key, answer: () => answer(cohort, days, context) };
  },
};
