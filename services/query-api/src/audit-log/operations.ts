import { type Entry, outcomes, readEntries } from '@fineprint/audit-log';
import { z } from 'zod';
import { defineOperation, type Operation } from '../operations/operation.ts';
import { time, wholeNumber } from '../params/fields.ts';
import { Problem } from '../problem/problem.ts';

const MAX_TEXT = 300;
const MAX_SEQ = 999_999_999;
const exact = (description: string) =>
  z
    .string()
    .min(1)
    .max(MAX_TEXT)
    .regex(/^\P{Cc}*$/u, 'holds control characters')
    .optional()
    .meta({ description });

const entrySchema = z
  .object({
    seq: z.int().meta({ description: 'Its place in the chain, from 1.' }),
    at: z.iso.datetime(),
    actor: z.string().meta({ description: '`api_key:<id>`, `oidc:<subject>` or `cli:<user>@<machine>`.' }),
    role: z.string(),
    action: z.string().meta({ description: 'The route or command, by name.' }),
    object: z.string().nullable().meta({ description: 'What it was done to.' }),
    subject: z.string().nullable().meta({ description: 'Whom it is about, as a keyed hash.' }),
    outcome: z.enum(outcomes).meta({
      description:
        'allowed: written before it was done; failed: nothing came of the one with this request_id; denied: not for this role.',
    }),
    code: z.string().nullable().meta({ description: 'Why it was denied, or failed.' }),
    request_id: z.string(),
    prev_hash: z.string(),
    hash: z.string().meta({ description: 'SHA-256 of all of it and of the entry before.' }),
  })
  .meta({ id: 'AuditEntry' });

const entryJson = ({ requestId, prevHash, ...entry }: Entry) => ({
  seq: entry.seq,
  at: entry.at,
  actor: entry.actor,
  role: entry.role,
  action: entry.action,
  object: entry.object,
  subject: entry.subject,
  outcome: entry.outcome,
  code: entry.code,
  request_id: requestId,
  prev_hash: prevHash,
  hash: entry.hash,
});

const list = defineOperation({
  method: 'GET',
  path: '/api/v1/audit-log',
  name: 'audit-log.list',
  action: 'audit-log',
  summary: 'Who did what with personal data, and every administrative act',
  description: 'The newest first. Asking is an entry too.',
  parameters: z.strictObject({
    actor: exact('Of this actor.'),
    action: exact('Of this route or command.'),
    object: exact('About this object.'),
    user_id: exact('About this person; what is asked is not kept, only its keyed hash.'),
    outcome: z.enum(outcomes).optional(),
    request_id: exact('Of this request.'),
    from: time('Since then.').optional(),
    to: time('Before then.').optional(),
    before: wholeNumber({
      min: 1,
      max: MAX_SEQ,
      byDefault: MAX_SEQ,
      description: 'The `next_before` of the page before',
    }),
    limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'Entries of a page' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({ entries: z.array(entrySchema), next_before: z.int().nullable() })
    .meta({ id: 'AuditEntries' }),
  example: '?action=keys.create&limit=20',
  async run({ query }, { database, subjectHash }) {
    const { user_id: userId, request_id: requestId, from: fromMs, to: toMs, limit, ...asked } = query;
    if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs)
      throw new Problem('invalid_range', 'The range is empty.');
    if (userId !== undefined && subjectHash === null)
      throw new Problem(
        'invalid_parameter',
        'Parameter user_id: entries do not say whom they are about here.',
      );
    const subject = userId === undefined ? undefined : subjectHash?.(userId);
    const found = await readEntries(database, {
      ...asked,
      requestId,
      subject,
      fromMs,
      toMs,
      limit: limit + 1,
    });
    const entries = found.slice(0, limit);
    const next = found.length > limit ? (entries.at(-1)?.seq ?? null) : null;
    return { status: 200, body: { entries: entries.map(entryJson), next_before: next } };
  },
});

export const auditLogOperations: readonly Operation[] = [list];
