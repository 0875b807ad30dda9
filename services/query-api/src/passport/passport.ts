import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { Problem } from '../problem/problem.ts';
import { passportAnswer } from './answer.ts';
import { assemblePassport } from './assemble.ts';
import { readFacts } from './read-facts.ts';

export const passport = defineOperation({
  method: 'GET',
  path: '/api/v1/events/{id}/passport',
  name: 'events.passport',
  action: 'passport',
  summary: 'Where an event went, what was changed, and where it stopped',
  description:
    'Every hop of an event, from rows, notes and ledger in ClickHouse, so it answers long after Kafka has deleted the records. Holds names of fields and types of what was taken out, and never a value.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({
    id: z
      .string()
      .regex(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i, 'is not a UUID')
      .meta({
        description: 'The event_id, or the dead_letter_id of one that a stage behind the gateway refused.',
        override: { type: 'string', format: 'uuid' },
      }),
  }),
  bodySchema: null,
  answerSchema: passportAnswer,
  example: '',
  async run({ path: { id } }, { warehouse }) {
    const facts = await readFacts(warehouse, id.toLowerCase());
    const found = facts === null ? null : assemblePassport(facts);
    if (found === null) {
      throw new Problem('unknown_event', 'Nothing here tells of such an event.');
    }
    return { status: 200, body: found };
  },
});
