import type { FunnelOrder } from '@fineprint/behaviour';
import { z } from 'zod';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import { inForce, namedPath } from '../definitions/in-force.ts';
import { asOf, asOfMs, isoOrNull } from '../params/as-of.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import {
  CONVERTED,
  DROPPED,
  enteredFields,
  type FunnelPopulation,
  IN_PROGRESS,
  inOrder,
  populationWhere,
  requireRange,
} from './people-where.ts';

const parameters = z.strictObject({ ...enteredFields, as_of: asOf });

const rate = z.number().nullable();
const durations = z.object({ median_ms: z.number().nullable(), p90_ms: z.number().nullable() }).meta({
  id: 'Durations',
  description: 'Exact, between the two nearest values where there is none in the middle; null of nobody.',
});
const stepSchema = z
  .object({
    step: z.string(),
    reached: z.int(),
    conversion_from_first: rate.meta({ description: 'Of those who entered.' }),
    conversion_from_previous: rate.meta({
      description: 'Null of the first step, and where steps have no order.',
    }),
    dropped: z.int().meta({ description: 'Came no further, and their window has ended.' }),
    in_progress: z.int().meta({ description: 'Came no further yet, and may still go on.' }),
    drop_off: rate.meta({ description: 'dropped / reached.' }),
    since_entry: durations,
    since_previous: durations
      .nullable()
      .meta({ description: 'Null of the first step, and where steps have no order.' }),
  })
  .meta({ id: 'FunnelReportStep' });

const answerSchema = z
  .object({
    funnel: z.string(),
    version: z.int().meta({ description: 'Of the definition, that is in force and counted by.' }),
    order: z.string(),
    window_ms: z.int(),
    as_of: z.iso.datetime(),
    from: z.iso.datetime().nullable(),
    to: z.iso.datetime().nullable(),
    entered: z.int().meta({ description: 'entered = converted + in_progress + dropped.' }),
    converted: z.int(),
    in_progress: z.int(),
    dropped: z.int(),
    conversion_rate: rate.meta({ description: 'converted / entered.' }),
    settled_conversion_rate: rate.meta({
      description: 'converted / (converted + dropped): without those who may still go on.',
    }),
    time_to_convert: durations,
    inexact_people: z
      .int()
      .meta({ description: 'Whose histories were joined, or came, too late to be counted exactly.' }),
    steps: z.array(stepSchema),
  })
  .meta({ id: 'FunnelReport' });

interface Row {
  /** Of a step, from 1; 0 in the row of the whole funnel. */
  readonly position: number;
  readonly people: number;
  readonly converted: number;
  readonly dropped: number;
  readonly in_progress: number;
  readonly inexact: number;
  readonly since_entry: readonly [number | null, number | null];
  readonly since_previous: readonly [number | null, number | null];
}

/** One pass over the people, each at all steps reached and once for the funnel as a whole, so that all figures are of one moment. */
function reportQuestion(population: FunnelPopulation) {
  const { condition, values } = populationWhere(population);
  const { last, reached } = inOrder(population.funnel.value);
  const query = `
    SELECT position, count() AS people, countIf(is_converted) AS converted,
      countIf(is_dropped AND is_last) AS dropped, countIf(is_open AND is_last) AS in_progress,
      countIf(NOT exact) AS inexact,
      quantilesExactInclusiveIf(0.5, 0.9)(at_ms - entered_ms, position != 0 OR is_converted) AS since_entry,
      quantilesExactInclusive(0.5, 0.9)(step_ms) AS since_previous
    FROM
    (
      SELECT exact, is_converted, is_open, is_dropped, entered_ms, position, at_ms, step_ms,
        position IN (0, last_position) AS is_last
      FROM
      (
        SELECT exact, ${CONVERTED} AS is_converted, ${IN_PROGRESS} AS is_open, ${DROPPED} AS is_dropped,
          ${last} AS last_position, ${reached} AS positions,
          arrayMap(t -> toUnixTimestamp64Milli(t), step_times) AS times,
          toUnixTimestamp64Milli(assumeNotNull(entered_at)) AS entered_ms,
          toUnixTimestamp64Milli(assumeNotNull(reached_at)) AS reached_ms
        FROM fineprint.funnel_people WHERE ${condition}
      )
      ARRAY JOIN arrayPushFront(positions, 0) AS position, arrayPushFront(times, reached_ms) AS at_ms,
        arrayPushFront(arrayDifference(times), 0) AS step_ms
    )
    GROUP BY position`;
  return { query, values };
}

const NOBODY: Row = {
  position: 0,
  people: 0,
  converted: 0,
  dropped: 0,
  in_progress: 0,
  inexact: 0,
  since_entry: [null, null],
  since_previous: [null, null],
};

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const durationsOf = ([median, p90]: Row['since_entry']) => ({ median_ms: median, p90_ms: p90 });

function stepsOf(
  names: readonly string[],
  order: FunnelOrder,
  entered: number,
  rows: ReadonlyMap<number, Row>,
) {
  return names.map((step, i) => {
    const row = rows.get(i + 1) ?? NOBODY;
    const hasPrevious = order !== 'any' && i > 0;
    return {
      step,
      reached: row.people,
      conversion_from_first: ratio(row.people, entered),
      conversion_from_previous: hasPrevious ? ratio(row.people, rows.get(i)?.people ?? 0) : null,
      dropped: row.dropped,
      in_progress: row.in_progress,
      drop_off: ratio(row.dropped, row.people),
      since_entry: durationsOf(row.since_entry),
      since_previous: hasPrevious ? durationsOf(row.since_previous) : null,
    };
  });
}

async function answer(population: FunnelPopulation, { warehouse }: EndpointContext) {
  const { funnel, from = null, to = null } = population;
  const { steps, order, windowMs } = funnel.value;
  const rows = new Map(
    (await warehouse.rows<Row>(reportQuestion(population))).map((row) => [row.position, row]),
  );
  const all = rows.get(0) ?? NOBODY;
  const names = steps.map((step) => step.name);
  return {
    funnel: funnel.name,
    version: funnel.version,
    order,
    window_ms: windowMs,
    as_of: isoOf(population.asOfMs),
    from: isoOrNull(from),
    to: isoOrNull(to),
    entered: all.people,
    converted: all.converted,
    in_progress: all.in_progress,
    dropped: all.dropped,
    conversion_rate: ratio(all.converted, all.people),
    settled_conversion_rate: ratio(all.converted, all.converted + all.dropped),
    time_to_convert: durationsOf(all.since_entry),
    inexact_people: all.inexact,
    steps: stepsOf(names, order, all.people, rows),
  };
}

export const funnelReport: Endpoint = {
  path: '/api/v1/analytics/funnels/{name}/report',
  name: 'analytics.funnels.report',
  action: 'behaviour',
  data: 'funnels',
  summary: 'Conversion, drop-off and times of a funnel, step by step',
  description:
    'Of people, each counted once by the furthest chain of steps. Those whose window is still open are in progress, not dropped.',
  parameters,
  pathParameters: namedPath,
  answerSchema,
  example: '?from=2026-01-01&to=2026-02-01',
  async prepare(query, path, context) {
    const { as_of: moment, ...range } = readParameters(parameters, query);
    const { name } = readParameters(namedPath, path);
    requireRange(range);
    const funnel = await inForce(context.database, 'funnel', name);
    const population = { funnel, ...range, asOfMs: asOfMs(moment, context.nowMs) };
    const key = JSON.stringify([name, funnel.version, range, population.asOfMs]);
    return { key, answer: () => answer(population, context) };
  },
};
