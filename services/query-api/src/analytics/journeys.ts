import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import { wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { rangeText, type TimeRange } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';
import { type JourneyRow, journeysQuestion } from './journeys-question.ts';
import { daysRange, rangeFields } from './ranges.ts';
import { eventName } from './selectors.ts';

const DEFAULT_DAYS = 7;

const parameters = z.strictObject({
  ...rangeFields(DEFAULT_DAYS),
  direction: z.enum(['from', 'to']).default('from').meta({
    description: 'What follows the event, or what leads to it.',
  }),
  event: eventName(
    'Where paths begin, or with `direction=to` end: its first in each session. From the start of sessions if left out.',
  ).optional(),
  steps: wholeNumber({ min: 2, max: 20, byDefault: 6, description: 'Steps of a path' }),
  limit: wholeNumber({ min: 1, max: 500, byDefault: 50, description: 'Paths, and links, shown' }),
});
type Given = z.output<typeof parameters>;

const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    direction: z.enum(['from', 'to']),
    sessions: z.int().meta({ description: 'Those that have the event.' }),
    paths: z.array(z.object({ steps: z.array(z.string()), sessions: z.int() })),
    other_paths: z.object({ paths: z.int(), sessions: z.int() }),
    links: z
      .array(z.object({ position: z.int(), from: z.string(), to: z.string(), sessions: z.int() }))
      .meta({
        description:
          'Ribbons of a Sankey diagram. Position 0 is at the beginning of paths, with `to` at their end.',
      }),
    other_links: z.object({ links: z.int(), sessions: z.int() }),
  })
  .meta({
    id: 'Journeys',
    description: 'Most sessions first, repeats of one event as one step; the rest is summed up.',
  });

async function answer(given: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const rows = await warehouse.rows<JourneyRow>(journeysQuestion(given, range));
  const paths = rows.filter(({ position }) => position < 0);
  const links = rows.filter(({ position }) => position >= 0);
  const otherPaths = othersOf(paths);
  const otherLinks = othersOf(links);
  return {
    range: rangeText(range),
    direction: given.direction,
    sessions: paths[0]?.total ?? 0,
    paths: paths.map(({ steps, sessions }) => ({ steps, sessions })),
    other_paths: { paths: otherPaths.kinds, sessions: otherPaths.sessions },
    links: links.map(({ position, steps, sessions }) => ({
      position,
      from: steps[0] ?? '',
      to: steps[1] ?? '',
      sessions,
    })),
    other_links: { links: otherLinks.kinds, sessions: otherLinks.sessions },
  };
}

function othersOf(shown: readonly JourneyRow[]) {
  const [first] = shown;
  const sessions = shown.reduce((sum, row) => sum + row.sessions, 0);
  return { kinds: (first?.kinds ?? 0) - shown.length, sessions: (first?.total ?? 0) - sessions };
}

export const journeysEndpoint: Endpoint = {
  path: '/api/v1/analytics/journeys',
  name: 'analytics.journeys',
  action: 'behaviour',
  data: 'behaviour',
  summary: 'Which ways people take, from an event or to one',
  description: 'Per session: a person doing nothing for more than 30 minutes ends it.',
  parameters,
  answerSchema,
  example: '?direction=to&event=purchase&steps=5',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    if (given.direction === 'to' && given.event === undefined) {
      const code = 'missing_parameter';
      const errors = [{ code, parameter: 'event', message: 'is needed by direction=to' }] as const;
      throw new Problem(code, 'Parameter event.', { errors: [...errors] });
    }
    const range = daysRange(given, DEFAULT_DAYS, context.nowMs);
    return { key: JSON.stringify({ ...given, ...range }), answer: () => answer(given, range, context) };
  },
};
