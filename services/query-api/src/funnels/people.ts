import { z } from 'zod';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import { inForce, namedPath } from '../definitions/in-force.ts';
import { asOf, asOfMs, isoOrNull } from '../params/as-of.ts';
import { afterPerson, name, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import {
  barWhere,
  CONVERTED,
  enteredFields,
  type FunnelPopulation,
  IN_PROGRESS,
  PEOPLE_STATES,
  type PeopleState,
  requireRange,
  requireStep,
} from './people-where.ts';

const parameters = z.strictObject({
  state: z.enum(PEOPLE_STATES).default('reached').meta({
    description: 'Which figure of the report. dropped and in_progress are of the last step reached.',
  }),
  step: name('Which step of the report; of all steps together if left out.').optional(),
  ...enteredFields,
  as_of: asOf,
  after: afterPerson,
  limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'People of a page' }),
});

const answerSchema = z
  .object({
    funnel: z.string(),
    version: z.int(),
    as_of: z.iso.datetime(),
    total: z.int().meta({ description: "The report's figure." }),
    people: z.array(
      z.object({
        person: z.string().meta({ description: '`u:` and a user id, or `a:` and an anonymous id.' }),
        state: z.enum(['converted', 'in_progress', 'dropped']),
        steps: z.array(z.object({ step: z.string(), at: z.iso.datetime() })),
        entered_at: z.iso.datetime(),
        open_until: z.iso.datetime().nullable(),
        exact: z.boolean(),
      }),
    ),
    next_after: z.string().nullable().meta({ description: '`after` for the next page; null on the last.' }),
  })
  .meta({ id: 'FunnelPeople', description: 'In the order of their ids.' });

interface Row {
  readonly person: string;
  readonly state: 'converted' | 'in_progress' | 'dropped';
  readonly names: readonly string[];
  readonly times: readonly number[];
  readonly entered: number;
  readonly until: number | null;
  readonly exact: boolean;
}

interface Asked {
  readonly population: FunnelPopulation;
  readonly state: PeopleState;
  readonly step: string | undefined;
  readonly after: string;
  readonly limit: number;
}

const COLUMNS = `person, multiIf(${CONVERTED}, 'converted', ${IN_PROGRESS}, 'in_progress', 'dropped') AS state,
  CAST(steps, 'Array(String)') AS names, arrayMap(t -> toUnixTimestamp64Milli(t), step_times) AS times,
  toUnixTimestamp64Milli(assumeNotNull(entered_at)) AS entered, toUnixTimestamp64Milli(open_until) AS until, exact`;

async function answer({ population, state, step, after, limit }: Asked, { warehouse }: EndpointContext) {
  const { condition, values } = barWhere(population, state, step);
  const from = `FROM fineprint.funnel_people WHERE ${condition}`;
  const [counted, rows] = await Promise.all([
    warehouse.rows<{ n: number }>({ query: `SELECT count() AS n ${from}`, values }),
    warehouse.rows<Row>({
      query: `SELECT ${COLUMNS} ${from} AND person > {after:String} ORDER BY person LIMIT {limit:UInt32}`,
      values: { ...values, after, limit: limit + 1 },
    }),
  ]);
  const page = rows.slice(0, limit);
  return {
    funnel: population.funnel.name,
    version: population.funnel.version,
    as_of: isoOf(population.asOfMs),
    total: counted[0]?.n ?? 0,
    people: page.map((row) => ({
      person: row.person,
      state: row.state,
      steps: row.names.map((reached, i) => ({ step: reached, at: isoOrNull(row.times[i] ?? null) })),
      entered_at: isoOf(row.entered),
      open_until: isoOrNull(row.until),
      exact: row.exact,
    })),
    next_after: rows.length > limit ? (page.at(-1)?.person ?? null) : null,
  };
}

export const funnelPeople: Endpoint = {
  path: '/api/v1/analytics/funnels/{name}/people',
  name: 'analytics.funnels.people',
  action: 'people',
  data: 'funnels',
  summary: 'The people behind a figure of a funnel report',
  description: 'Chosen by the very conditions that the report counts by.',
  parameters,
  pathParameters: namedPath,
  answerSchema,
  example: '?step=document_uploaded&state=dropped&limit=50',
  async prepare(query, path, context) {
    const { as_of: moment, from, to, ...asked } = readParameters(parameters, query);
    const { name } = readParameters(namedPath, path);
    requireRange({ from, to });
    const funnel = await inForce(context.database, 'funnel', name);
    requireStep(funnel.value, asked.step);
    const population = { funnel, from, to, asOfMs: asOfMs(moment, context.nowMs) };
    const { state, step, after = '', limit } = asked;
    const key = JSON.stringify([name, funnel.version, asked, from, to, population.asOfMs]);
    return { key, answer: () => answer({ population, state, step, after, limit }, context) };
  },
};
