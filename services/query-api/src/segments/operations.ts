import { z } from 'zod';
import { defineOperation, type Operation } from '../operations/operation.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { requireSegment, segmentPath } from './segment-path.ts';
import { listSegments, type StoredSegment } from './store.ts';

const figuresSchema = z
  .object({
    name: z.string(),
    version: z.int().meta({ description: 'Of the definition in force.' }),
    state: z.enum(['ready', 'pending', 'failed']).meta({
      description:
        'pending: not counted yet. failed: not counted, or not again, for the reason in `problem`.',
    }),
    as_of: z.iso.datetime().nullable().meta({ description: 'When these figures were counted.' }),
    user_count: z.int().nullable(),
    currency: z
      .string()
      .nullable()
      .meta({ description: 'Of avg_lifetime_value; other amounts are left out.' }),
    avg_lifetime_value: z.number().nullable(),
    conversion_rate: z.number().nullable().meta({ description: 'Share with a conversion, ever.' }),
    churn_rate: z.number().nullable().meta({ description: 'Share without any event for 30 days.' }),
    problem: z.string().nullable(),
  })
  .meta({
    id: 'SegmentFigures',
    description: 'Null is not known: of a segment without members, only its size is.',
  });

function toFigures(stored: StoredSegment): z.infer<typeof figuresSchema> {
  const isCounted = stored.asOf !== null;
  const state = stored.problem !== null ? 'failed' : isCounted ? 'ready' : 'pending';
  return {
    name: stored.name,
    version: stored.version,
    state,
    as_of: stored.asOf?.toISOString() ?? null,
    user_count: isCounted ? stored.userCount : null,
    currency: stored.currency,
    avg_lifetime_value: stored.avgLifetimeValue,
    conversion_rate: stored.conversionRate,
    churn_rate: stored.churnRate,
    problem: stored.problem,
  };
}

const listFigures = defineOperation({
  method: 'GET',
  path: '/api/v1/analytics/segment-figures',
  name: 'analytics.segment-figures',
  action: 'behaviour',
  summary: 'How many belong to each segment, their lifetime value, conversion and churn',
  description: 'Counted again within seconds where events came. In the order of names.',
  parameters: z.strictObject({
    after: name('The `next_after` of the page before.').optional(),
    limit: wholeNumber({ min: 1, max: 500, byDefault: 100, description: 'Segments of a page' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({ segments: z.array(figuresSchema), next_after: z.string().nullable() })
    .meta({ id: 'SegmentFiguresPage' }),
  example: '?limit=20',
  async run({ query: { after = '', limit } }, { database }) {
    const found = await listSegments(database, { after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const next_after = found.length > limit ? (page.at(-1)?.name ?? null) : null;
    return { status: 200, body: { segments: page.map(toFigures), next_after } };
  },
});

const readFigures = defineOperation({
  method: 'GET',
  path: '/api/v1/analytics/segments/{name}/figures',
  name: 'analytics.segments.figures',
  action: 'behaviour',
  summary: 'How many belong to a segment, their lifetime value, conversion and churn',
  description: 'Counted again within seconds where events came; `as_of` says when.',
  parameters: z.strictObject({}),
  pathParameters: segmentPath,
  bodySchema: null,
  answerSchema: figuresSchema,
  example: '',
  async run({ path }, { database }) {
    return { status: 200, body: toFigures(await requireSegment(database, path.name)) };
  },
});

export const segmentOperations: readonly Operation[] = [listFigures, readFigures];
