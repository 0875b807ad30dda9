import { createWriteKey, revokeWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { z } from 'zod';
import { defineOperation, type Operation } from '../operations/operation.ts';
import { invalidBody } from '../operations/read-body-fields.ts';
import { wholeNumber } from '../params/fields.ts';
import { Problem } from '../problem/problem.ts';
import { roles } from './api-key.ts';
import { createApiKey, revokeApiKey } from './api-keys.ts';
import { keyKinds, keyStates, listKeys } from './list-keys.ts';

const PATH = '/api/v1/keys';
const MAX_ITEMS = 100;

const expiry = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional()
  .meta({ description: 'From then on it is refused; never if left out.' });
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'is not 1 to 64 of a-z, 0-9, ".", "_", "-"');

const newKey = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('api').meta({ description: 'It reads.' }),
      name: name.meta({ description: 'Whose it is, for people; it decides nothing.' }),
      role: z.enum(roles),
      datasets: z
        .array(z.string().max(100))
        .min(1)
        .max(MAX_ITEMS)
        .optional()
        .meta({ description: 'With some, it exports these and does nothing else.' }),
      unmasked: z
        .boolean()
        .optional()
        .meta({ description: 'Shows people as they are to a role that sees them masked otherwise.' }),
      expires_at: expiry,
    }),
    z.strictObject({
      kind: z.literal('write').meta({ description: 'It sends events.' }),
      name: name.meta({ description: 'The source that its events carry.' }),
      allowed_origins: z
        .array(z.string().max(300))
        .max(MAX_ITEMS)
        .optional()
        .meta({ description: 'Pages that may use it; those of CORS_ORIGINS if none.' }),
      expires_at: expiry,
    }),
  ])
  .meta({ id: 'NewKey' });

const keySchema = z
  .object({
    id: z.string(),
    kind: z.enum(keyKinds),
    name: z.string(),
    hint: z.string().meta({ description: "The key's end." }),
    role: z.enum(['producer', ...roles]),
    allowed_origins: z.array(z.string()),
    datasets: z.array(z.string()).nullable(),
    unmasked: z.boolean().meta({
      description: 'Whether it shows people as they are; officers and admins see them so with every key.',
    }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
    last_used_on: z.iso.date().nullable().meta({ description: 'The day (UTC); written once a day.' }),
  })
  .meta({ id: 'Key' });

const list = defineOperation({
  method: 'GET',
  path: PATH,
  name: 'keys.list',
  action: 'keys',
  summary: 'Keys of producers and readers, the oldest first',
  description: 'Never the keys themselves: only their hashes are kept.',
  parameters: z.strictObject({
    kind: z.enum(keyKinds).optional(),
    state: z.enum(keyStates).default('in_use').meta({ description: 'Ended: revoked or expired.' }),
    after: z.uuid().optional().meta({ description: 'The `next_after` of the page before.' }),
    limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'Keys of a page' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z.object({ keys: z.array(keySchema), next_after: z.uuid().nullable() }).meta({ id: 'Keys' }),
  example: '?state=all',
  async run({ query: { limit, ...asked } }, { database }) {
    const found = await listKeys(database, { ...asked, limit: limit + 1 });
    const keys = found.slice(0, limit);
    return {
      status: 200,
      body: { keys, next_after: found.length > limit ? (keys.at(-1)?.id ?? null) : null },
    };
  },
});

const create = defineOperation({
  method: 'POST',
  path: PATH,
  name: 'keys.create',
  action: 'keys',
  summary: 'Make a key',
  description: 'The answer holds it, and it cannot be shown again. It works within seconds.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema: newKey,
  answerSchema: z.object({ id: z.uuid(), key: z.string() }).meta({ id: 'MadeKey' }),
  example: `-d '{"kind":"api","name":"anna","role":"analyst","expires_at":"2027-01-01T00:00:00Z"}'`,
  async run({ body }, { database }) {
    const { name, expires_at: expiresAt } = body;
    const made =
      body.kind === 'api'
        ? createApiKey(database, {
            name,
            role: body.role,
            datasets: body.datasets,
            unmasked: body.unmasked,
            expiresAt,
          })
        : createWriteKey(database, { source: name, allowedOrigins: body.allowed_origins, expiresAt });
    return { status: 201, body: await made.catch(refuse) };
  },
});

/** What a schema cannot say: an end in the past, a data set that there is not, an origin that is none. */
function refuse(error: unknown): never {
  if (!(error instanceof TypeError)) throw error;
  throw invalidBody([{ code: 'invalid_field', parameter: '', message: error.message }]);
}

const revoke = defineOperation({
  method: 'DELETE',
  path: `${PATH}/{id}`,
  name: 'keys.revoke',
  action: 'keys',
  summary: 'Revoke a key',
  description: 'It is refused within seconds, everywhere, and for good.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({ id: z.uuid().meta({ description: 'As the list says it.' }) }),
  bodySchema: null,
  answerSchema: z.object({ id: z.uuid(), revoked: z.literal(true) }).meta({ id: 'RevokedKey' }),
  example: '/6f1c2a3e-0000-4000-8000-000000000000',
  async run({ path: { id } }, { database }) {
    if (!(await revokeWriteKey(database, id)) && !(await revokeApiKey(database, id)))
      throw new Problem('unknown_key', 'No key in use has this id.');
    return { status: 200, body: { id, revoked: true } };
  },
});

export const keyOperations: readonly Operation[] = [list, create, revoke];
