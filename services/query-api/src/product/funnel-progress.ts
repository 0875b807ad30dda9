import { anonymousSubject, userSubject } from '@fineprint/behaviour';
import { parseDefinition } from '@fineprint/definitions';
import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { isoOf } from '../params/time-range.ts';
import type { Queryable } from '../postgres/database.ts';
import { Problem } from '../problem/problem.ts';

/** As long as the gateway lets an id be. */
const MAX_ID = 255;

const id = (description: string) =>
  z
    .string()
    .min(1)
    .max(MAX_ID)
    .regex(/^\P{Cc}*$/u, 'holds control characters')
    .meta({ description })
    .optional();

const time = z.iso.datetime().nullable();

const answerSchema = z
  .object({
    funnel: z.string(),
    user_id: z
      .string()
      .nullable()
      .meta({ description: 'Whom the figures are of; null of an anonymous person.' }),
    anonymous_id: z.string().nullable(),
    status: z.enum(['not_entered', 'in_progress', 'converted', 'dropped']).meta({
      description: 'At the time of asking: `in_progress` until `open_until`, `dropped` after it.',
    }),
    level: z.int().meta({ description: 'Steps reached by the best chain.' }),
    step_count: z.int(),
    steps: z.array(z.object({ order: z.int(), step: z.string(), reached_at: time })),
    entered_at: time,
    reached_at: time.meta({ description: 'When the level was reached.' }),
    open_until: time.meta({ description: 'Until when the person may still go on.' }),
    exact: z.boolean().meta({
      description: 'False where events came too late to be counted, or histories were joined too late.',
    }),
    definition_version: z.int().meta({
      description: 'Counted by this version. Lower than `version_in_force` until a new one has been counted.',
    }),
    version_in_force: z.int(),
    updated_at: time.meta({ description: 'When this was worked out; null where there was nothing to.' }),
  })
  .meta({ id: 'FunnelProgress' });

interface Row {
  readonly person: string;
  readonly version: number;
  readonly definition: unknown;
  /** null where the person has no row. */
  readonly counted_version: number | null;
  readonly counted_definition: unknown;
  readonly level: number;
  readonly steps: readonly string[];
  readonly step_times: readonly Date[];
  readonly entered_at: Date | null;
  readonly reached_at: Date | null;
  readonly open_until: Date | null;
  readonly exact: boolean;
  readonly updated_at: Date | null;
}

/** One row where the funnel is in force, none where it is not. */
const QUERY = `
  SELECT who.person, force.version, force.definition, counted.version AS counted_version,
    counted.definition AS counted_definition, row.level, row.steps, row.step_times, row.entered_at, row.reached_at,
    row.open_until, row.exact, row.updated_at
  FROM fineprint.definitions AS force
  CROSS JOIN (SELECT coalesce((SELECT person FROM fineprint.subjects WHERE subject = $2), $2) AS person) AS who
  LEFT JOIN fineprint.funnel_progress AS row
    ON row.person = who.person AND row.funnel = force.name AND row.merged_into IS NULL
  LEFT JOIN fineprint.definitions AS counted
    ON counted.kind = 'funnel' AND counted.name = row.funnel AND counted.version = row.definition_version
  WHERE force.kind = 'funnel' AND force.name = $1 AND force.archived_at IS NULL`;

async function readRow(database: Queryable, funnel: string, subject: string): Promise<Row> {
  const { rows } = await database.query(QUERY, [funnel, subject]);
  const [row] = rows as Row[];
  if (row === undefined) throw new Problem('unknown_funnel', 'No funnel of this name is in force.');
  return row;
}

function stepNames(definition: unknown): string[] {
  const parsed = parseDefinition('funnel', definition);
  if (!parsed.ok) throw new Error('a stored funnel cannot be read');
  return parsed.value.steps.map((step) => step.name);
}

const iso = (date: Date | null): string | null => (date === null ? null : isoOf(date.getTime()));

function statusOf(row: Row, stepCount: number, nowMs: number) {
  if (row.counted_version === null || row.level === 0) return 'not_entered';
  if (row.level === stepCount) return 'converted';
  return row.open_until !== null && row.open_until.getTime() >= nowMs ? 'in_progress' : 'dropped';
}

function answerOf(funnel: string, row: Row, nowMs: number) {
  const names = stepNames(row.counted_version === null ? row.definition : row.counted_definition);
  const timeOf = new Map((row.steps ?? []).map((step, i) => [step, row.step_times[i] ?? null]));
  const raw = row.person.slice(2);
  const isUser = row.person.startsWith('u:');
  return {
    funnel,
    user_id: isUser ? raw : null,
    anonymous_id: isUser ? null : raw,
    status: statusOf(row, names.length, nowMs),
    level: row.level ?? 0,
    step_count: names.length,
    steps: names.map((step, i) => ({ order: i + 1, step, reached_at: iso(timeOf.get(step) ?? null) })),
    entered_at: iso(row.entered_at),
    reached_at: iso(row.reached_at),
    open_until: iso(row.open_until),
    exact: row.exact ?? true,
    definition_version: row.counted_version ?? row.version,
    version_in_force: row.version,
    updated_at: iso(row.updated_at),
  };
}

export const funnelProgress = defineOperation({
  method: 'GET',
  path: '/api/v1/product/funnel/{name}/progress',
  name: 'product.funnel-progress',
  action: 'people',
  summary: 'How far one person has come in a funnel',
  description:
    "From live state, at most 2 seconds behind the stream. The histories of all of a person's ids are one; an anonymous id that was identified answers for its user.",
  parameters: z.strictObject({
    user_id: id('The user. Either this or `anonymous_id`.'),
    anonymous_id: id('The browser or device. Either this or `user_id`.'),
  }),
  pathParameters: z.strictObject({
    name: z
      .string()
      .min(1)
      .max(100)
      .regex(/^\P{Cc}*$/u, 'holds control characters')
      .meta({ description: 'The funnel.' }),
  }),
  bodySchema: null,
  answerSchema,
  example: '?user_id=user_42',
  async run({ query: { user_id, anonymous_id }, path: { name } }, { database, nowMs }) {
    if (user_id !== undefined && anonymous_id !== undefined)
      throw new Problem('invalid_parameter', 'Send either user_id or anonymous_id.');
    const subject =
      user_id === undefined ? anonymous_id && anonymousSubject(anonymous_id) : userSubject(user_id);
    if (subject === undefined) throw new Problem('missing_parameter', 'Send user_id or anonymous_id.');
    return { status: 200, body: answerOf(name, await readRow(database, name, subject), nowMs) };
  },
});
