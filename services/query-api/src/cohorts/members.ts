import type { ActiveDefinition } from '@fineprint/definitions';
import { z } from 'zod';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import { inForce, namedPath } from '../definitions/in-force.ts';
import { requireRange, type Where } from '../funnels/people-where.ts';
import { isoOrNull } from '../params/as-of.ts';
import { afterPerson, time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { membersWhere } from './cohort-where.ts';

const parameters = z.strictObject({
  from: time('Only members since then or later.').optional(),
  to: time('Only members since before.').optional(),
  after: afterPerson,
  limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'Members of a page' }),
});
type Given = z.output<typeof parameters>;

const answerSchema = z
  .object({
    cohort: z.string(),
    version: z.int(),
    total: z.int().meta({ description: 'Of all pages.' }),
    members: z.array(
      z.object({
        person: z.string().meta({ description: '`u:` and a user id, or `a:` and an anonymous id.' }),
        since: z.iso.datetime().nullable().meta({ description: 'Null where the rule has no moment.' }),
      }),
    ),
    next_after: z.string().nullable().meta({ description: '`after` for the next page; null on the last.' }),
  })
  .meta({ id: 'CohortMembers', description: 'In the order of their ids.' });

function sinceWhere(cohort: ActiveDefinition<'cohort'>, { from, to }: Given): Where {
  const { condition, values } = membersWhere(cohort);
  const range = [
    ...(from === undefined ? [] : ["since >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')"]),
    ...(to === undefined ? [] : ["since < fromUnixTimestamp64Milli({to:Int64}, 'UTC')"]),
  ];
  return {
    condition: [condition, ...range].join(' AND '),
    values: { ...values, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
  };
}

async function answer(cohort: ActiveDefinition<'cohort'>, given: Given, { warehouse }: EndpointContext) {
  const { after = '', limit } = given;
  const { condition, values } = sinceWhere(cohort, given);
  const from = `FROM fineprint.cohort_members WHERE ${condition}`;
  const [counted, rows] = await Promise.all([
    warehouse.rows<{ n: number }>({ query: `SELECT count() AS n ${from}`, values }),
    warehouse.rows<{ person: string; at: number | null }>({
      query: `SELECT person, toUnixTimestamp64Milli(since) AS at ${from}
        AND person > {after:String} ORDER BY person LIMIT {limit:UInt32}`,
      values: { ...values, after, limit: limit + 1 },
    }),
  ]);
  const page = rows.slice(0, limit);
  return {
    cohort: cohort.name,
    version: cohort.version,
    total: counted[0]?.n ?? 0,
    members: page.map(({ person, at }) => ({ person, since: isoOrNull(at) })),
    next_after: rows.length > limit ? (page.at(-1)?.person ?? null) : null,
  };
}

export const cohortMembers: Endpoint = {
  path: '/api/v1/analytics/cohorts/{name}/members',
  name: 'analytics.cohorts.members',
  action: 'people',
  data: 'cohorts',
  summary: 'Who is in a cohort',
  description:
    'Now, by the definition in force. With `from` and `to` of a day: who is behind that day of the report.',
  parameters,
  pathParameters: namedPath,
  answerSchema,
  example: '?limit=50',
  async prepare(query, path, context) {
    const given = readParameters(parameters, query);
    const { name } = readParameters(namedPath, path);
    requireRange(given);
    const cohort = await inForce(context.database, 'cohort', name);
    const key = JSON.stringify([name, cohort.version, given]);
    return { key, answer: () => answer(cohort, given, context) };
  },
};
