import { requestRun } from '@fineprint/jobs';
import {
  isSigned,
  listRequests,
  openRequest,
  readRequest,
  regulations,
  requestKinds,
} from '@fineprint/privacy';
import { z } from 'zod';
import { defineOperation, type Operation, type OperationContext } from '../operations/operation.ts';
import { wholeNumber } from '../params/fields.ts';
import type { Queryable } from '../postgres/database.ts';
import { Problem } from '../problem/problem.ts';
import { requestSchema, toRequest } from './answers.ts';
import type { PrivacySettings } from './settings.ts';

const MAX_ID_CHARS = 255;
const MAX_NOTE_CHARS = 500;
/** The job that works on requests. */
const JOB = 'privacy-requests';
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
const CONTROL = /[\u0000-\u001f\u007f]/;

const id = (description: string) =>
  z
    .string()
    .min(1)
    .max(MAX_ID_CHARS)
    .refine((text) => !CONTROL.test(text), 'holds control characters')
    .nullable()
    .default(null)
    .meta({ description });

const bodySchema = z
  .strictObject({
    kind: z
      .enum(requestKinds)
      .meta({ description: 'access: an archive of everything. erasure: all of it goes.' }),
    user_id: id('The user, as producers send the id.'),
    anonymous_id: id('The visitor, as producers send the id.'),
    regulation: z.enum(regulations).default('gdpr').meta({ description: 'Sets the deadline.' }),
    identity_check: z
      .string()
      .min(1)
      .max(MAX_NOTE_CHARS)
      .refine((text) => !CONTROL.test(text), 'holds control characters')
      .meta({ description: 'How it was checked that it is them; no personal data.' }),
  })
  .refine((body) => body.user_id !== null || body.anonymous_id !== null, {
    path: ['user_id'],
    message: 'user_id or anonymous_id is needed',
  });

export function requireSettings({ privacy }: Pick<OperationContext, 'privacy'>): PrivacySettings {
  if (privacy !== null) return privacy;
  throw new Problem('privacy_not_configured', 'PII_PSEUDONYM_KEY is not set here.');
}

export async function requireRequest(database: Queryable, requestId: string) {
  const request = await readRequest(database, requestId);
  if (request === null) throw new Problem('unknown_privacy_request', 'There is no request of this id.');
  return request;
}

export const requestPath = z.strictObject({
  id: z.uuid().meta({ description: 'As the request was answered.' }),
});

const create = defineOperation({
  method: 'POST',
  path: '/api/v1/privacy/requests',
  name: 'privacy.request',
  action: 'privacy-requests',
  summary: 'Ask for everything about one person, or for its erasure',
  description:
    'A worker begins within seconds. Asked again while it is open, the same request is answered (200). An erasure takes in the visitors’ ids that belong to the user.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema,
  answerSchema: requestSchema,
  example: `-d '{"kind":"access","user_id":"user-1","identity_check":"signed in"}'`,
  async run({ body }, context) {
    const { requestHash, archive } = requireSettings(context);
    if (body.kind === 'access' && archive === null)
      throw new Problem('privacy_not_configured', 'PRIVACY_ARCHIVE_DIR is not set here.');
    const { database, key, nowMs } = context;
    const subject = { user_id: body.user_id, anonymous_id: body.anonymous_id };
    return database.transaction(async (client) => {
      const opened = await openRequest(client, {
        kind: body.kind,
        subject,
        subjectHash: requestHash(subject),
        regulation: body.regulation,
        identityCheck: body.identity_check,
        requestedBy: key.id,
      });
      if (opened.isNew) await requestRun(client, JOB, key.id);
      const request = await requireRequest(client, opened.id);
      return { status: opened.isNew ? 201 : 200, body: toRequest(request, nowMs) };
    });
  },
});

const list = defineOperation({
  method: 'GET',
  path: '/api/v1/privacy/requests',
  name: 'privacy.requests',
  action: 'privacy-requests',
  summary: 'Requests of people for access and erasure, the latest first',
  description: 'With deadlines, and how each stands.',
  parameters: z.strictObject({
    kind: z.enum(requestKinds).optional().meta({ description: 'Only these.' }),
    state: z.enum(['open', 'following', 'done']).optional().meta({ description: 'Only in this state.' }),
    limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'Requests of a page' }),
    offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Requests left out before' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({
      requests: z.array(requestSchema),
      next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
    })
    .meta({ id: 'PrivacyRequests' }),
  example: '?state=open',
  async run({ query: { limit, offset, ...filter } }, { database, nowMs }) {
    const found = await listRequests(database, { ...filter, limit: limit + 1, offset });
    const next_offset = found.length > limit ? offset + limit : null;
    return {
      status: 200,
      body: { requests: found.slice(0, limit).map((r) => toRequest(r, nowMs)), next_offset },
    };
  },
});

const show = defineOperation({
  method: 'GET',
  path: '/api/v1/privacy/requests/{id}',
  name: 'privacy.show',
  action: 'privacy-requests',
  summary: 'One request, with its steps',
  description: 'Steps are done in order; one that failed is tried again.',
  parameters: z.strictObject({}),
  pathParameters: requestPath,
  bodySchema: null,
  answerSchema: requestSchema,
  example: '',
  async run({ path }, { database, nowMs }) {
    return { status: 200, body: toRequest(await requireRequest(database, path.id), nowMs) };
  },
});

const receipt = defineOperation({
  method: 'GET',
  path: '/api/v1/privacy/requests/{id}/receipt',
  name: 'privacy.receipt',
  action: 'privacy-requests',
  summary: 'What an erasure found and removed where, and what remains until when',
  description:
    '`receipt` is the text that `signature` (HMAC-SHA-256, hex) is of; `valid` says whether it still is.',
  parameters: z.strictObject({}),
  pathParameters: requestPath,
  bodySchema: null,
  answerSchema: z
    .object({ receipt: z.string(), signature: z.string(), valid: z.boolean() })
    .meta({ id: 'PrivacyReceipt' }),
  example: '',
  async run({ path }, context) {
    const { key } = requireSettings(context);
    const { receipt: text, signature } = await requireRequest(context.database, path.id);
    if (text === null || signature === null)
      throw new Problem('no_receipt', 'The request has no receipt, or not yet.');
    return { status: 200, body: { receipt: text, signature, valid: isSigned(key, text, signature) } };
  },
});

export const privacyOperations: readonly Operation[] = [create, list, show, receipt];
