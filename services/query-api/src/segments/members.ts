import { z } from 'zod';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import { amountOf } from '../analytics/amounts.ts';
import { wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import { ruleOf } from './evaluate.ts';
import { requireSegment, segmentPath } from './segment-path.ts';
import { type MemberRow, membersQuestion, type SegmentAsked } from './segment-question.ts';

const MINUTE_MS = 60_000;
/** Before the figures say which. */
const DEFAULT_CURRENCY = 'USD';

const parameters = z.strictObject({
  after: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: 'The `next_after` of the page before.' }),
  limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'People of a page' }),
});

const answerSchema = z
  .object({
    segment: z.string(),
    version: z.int(),
    as_of: z.iso.datetime().meta({ description: 'Rules of days count from here.' }),
    currency: z.string(),
    members: z.array(
      z.object({
        person: z.string().meta({ description: '`u:` and a user id, or `a:` and an anonymous id.' }),
        lifetime_value: z.number(),
        conversions: z.int(),
        last_seen: z.iso.datetime(),
      }),
    ),
    next_after: z.string().nullable(),
  })
  .meta({ id: 'SegmentMembers', description: 'In the order of persons.' });

interface Asked extends SegmentAsked {
  readonly segment: string;
  readonly version: number;
  readonly after: string;
  readonly limit: number;
}

async function answer({ after, limit, ...asked }: Asked, { warehouse }: EndpointContext) {
  const rows = await warehouse.rows<MemberRow>(membersQuestion(asked, after, limit + 1));
  const page = rows.slice(0, limit);
  return {
    segment: asked.segment,
    version: asked.version,
    as_of: isoOf(asked.nowMs),
    currency: asked.currency,
    members: page.map(({ person, value, conversions, last_ms }) => ({
      person,
      lifetime_value: amountOf(BigInt(value)),
      conversions,
      last_seen: isoOf(last_ms),
    })),
    next_after: rows.length > limit ? (page.at(-1)?.person ?? null) : null,
  };
}

export const segmentMembers: Endpoint = {
  path: '/api/v1/analytics/segments/{name}/members',
  name: 'analytics.segments.members',
  action: 'people',
  data: 'segments',
  summary: 'Who belongs to a segment',
  description: 'Asked of the events themselves, now: it may be some seconds ahead of the figures.',
  parameters,
  pathParameters: segmentPath,
  answerSchema,
  example: '?limit=20',
  async prepare(query, path, context) {
    const { after = '', limit } = readParameters(parameters, query);
    const { name: segment } = readParameters(segmentPath, path);
    const stored = await requireSegment(context.database, segment);
    const asked = {
      segment,
      version: stored.version,
      rule: ruleOf(stored.definition),
      currency: stored.currency ?? DEFAULT_CURRENCY,
      // Whole minutes, so that equal questions within one are the same.
      nowMs: Math.floor(context.nowMs / MINUTE_MS) * MINUTE_MS,
      after,
      limit,
    };
    return { key: JSON.stringify(asked), answer: () => answer(asked, context) };
  },
};
