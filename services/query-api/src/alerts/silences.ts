import { randomUUID } from 'node:crypto';
import { silenceSchema } from '@fineprint/alert-rules';
import { addSilence, endSilence, listDeliveries, listSilences } from '@fineprint/alert-store';
import { z } from 'zod';
import { defineOperation, type Operation } from '../operations/operation.ts';
import { invalidBody } from '../operations/read-body-fields.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { Problem } from '../problem/problem.ts';
import { deliveryAnswer, silenceAnswer, toDelivery, toSilence } from './answers.ts';

const none = z.strictObject({});
const page = {
  limit: wholeNumber({ min: 1, max: 500, byDefault: 100, description: 'Of a page' }),
  offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Left out before' }),
};
const nextOffset = z.int().nullable().meta({ description: 'For the next page; null on the last.' });
const SILENCES = '/api/v1/alerts/silences';

const list = defineOperation({
  method: 'GET',
  path: SILENCES,
  name: 'alerts.silences.list',
  action: 'alerts',
  summary: 'Alerts that nobody is told of for a while',
  description: 'The newest first.',
  parameters: z.strictObject({
    ...page,
    all: z
      .enum(['true', 'false'])
      .default('false')
      .meta({ description: '`true`: also those that are over.' }),
  }),
  pathParameters: none,
  bodySchema: null,
  answerSchema: z
    .object({ silences: z.array(silenceAnswer), next_offset: nextOffset })
    .meta({ id: 'AlertSilences' }),
  example: '?all=true',
  async run({ query: { all, limit, offset } }, { database }) {
    const found = await listSilences(database, { isAll: all === 'true', limit: limit + 1, offset });
    const next_offset = found.length > limit ? offset + limit : null;
    return { status: 200, body: { silences: found.slice(0, limit).map(toSilence), next_offset } };
  },
});

const add = defineOperation({
  method: 'POST',
  path: SILENCES,
  name: 'alerts.silences.add',
  action: 'alert-silences',
  summary: 'Tell nobody of some alerts for a while',
  description:
    'What it covers is held back, and told when it ends, if it still stands then. At most 90 days.',
  parameters: none,
  pathParameters: none,
  bodySchema: silenceSchema,
  answerSchema: silenceAnswer,
  example: `-d '{"matchers":[{"name":"rule","is":["ai-slow"]}],"until":"2026-12-01T12:00:00Z","comment":"a deploy"}'`,
  async run({ body }, { database, key }) {
    const stored = await addSilence(database, randomUUID(), body, key.id);
    if (stored !== null) return { status: 201, body: toSilence(stored) };
    throw invalidBody([
      { code: 'invalid_field', parameter: 'until', message: 'is over already, or more than 90 days away' },
    ]);
  },
});

const end = defineOperation({
  method: 'DELETE',
  path: `${SILENCES}/{id}`,
  name: 'alerts.silences.end',
  action: 'alert-silences',
  summary: 'End a silence now',
  description: 'What it held back and still stands is told at once.',
  parameters: none,
  pathParameters: z.strictObject({ id: name("The silence's id.") }),
  bodySchema: null,
  answerSchema: z.object({ id: z.string(), ended: z.literal(true) }),
  example: '',
  async run({ path: { id } }, { database }) {
    if (!(await database.transaction((client) => endSilence(client, id))))
      throw new Problem('unknown_silence', 'No silence of this id lasts.');
    return { status: 200, body: { id, ended: true } };
  },
});

const deliveries = defineOperation({
  method: 'GET',
  path: '/api/v1/alerts/deliveries',
  name: 'alerts.deliveries',
  action: 'alerts',
  summary: 'Messages about alerts, and whether they arrived',
  description: 'The latest first. Each attempt by itself: `alert_delivery_attempts` in ClickHouse.',
  parameters: z.strictObject({
    ...page,
    receiver: name('Only to this one.').optional(),
    state: z.enum(['pending', 'delivered', 'given_up']).optional().meta({ description: 'Only these.' }),
  }),
  pathParameters: none,
  bodySchema: null,
  answerSchema: z
    .object({ deliveries: z.array(deliveryAnswer), next_offset: nextOffset })
    .meta({ id: 'AlertDeliveries' }),
  example: '?state=pending',
  async run({ query: { receiver, state, limit, offset } }, { database }) {
    const filter = { receiver: receiver ?? null, state: state ?? null, limit: limit + 1, offset };
    const found = await listDeliveries(database, filter);
    const next_offset = found.length > limit ? offset + limit : null;
    return { status: 200, body: { deliveries: found.slice(0, limit).map(toDelivery), next_offset } };
  },
});

export const silenceOperations: readonly Operation[] = [list, add, end, deliveries];
