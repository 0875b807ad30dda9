import { type PrivacyRequest, regulations, requestKinds } from '@fineprint/privacy';
import { z } from 'zod';

const at = (description: string) => z.iso.datetime().nullable().meta({ description });

const stepSchema = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'done']),
  attempts: z.int(),
  started_at: at('The first attempt.'),
  finished_at: at('Null until it is done.'),
  error_code: z.string().nullable().meta({ description: 'Of the last attempt, if it failed.' }),
  result: z.unknown().meta({ description: 'What it did, in figures.' }),
});

export const requestSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(requestKinds),
    regulation: z.enum(regulations),
    state: z.enum(['open', 'following', 'done']).meta({
      description: 'following: erased here; a destination has not said yet that it is done.',
    }),
    subject: z
      .object({ user_id: z.string().nullable(), anonymous_id: z.string().nullable() })
      .nullable()
      .meta({ description: 'Null once it is forgotten: after an erasure, or when the archive has expired.' }),
    identity_check: z.string(),
    requested_by: z.string().meta({ description: 'The id of the API key, or `cli`.' }),
    created_at: z.iso.datetime(),
    due_at: z.iso.datetime().meta({ description: '30 days after it was made by GDPR, 45 by CCPA.' }),
    overdue: z.boolean(),
    cutoff_at: at('Of an erasure: what happened or arrived until then is erased.'),
    finished_at: at('Null while it is open.'),
    archive: z
      .object({ bytes: z.int(), sha256: z.string(), rows: z.int(), expires_at: z.iso.datetime() })
      .nullable(),
    has_receipt: z.boolean(),
    steps: z.array(stepSchema).optional().meta({ description: 'Of one request, in order.' }),
  })
  .meta({ id: 'PrivacyRequest' });

const isoOf = (time: Date | null): string | null => time?.toISOString() ?? null;

export function toRequest(
  { steps, ...request }: Omit<PrivacyRequest, 'steps'> & Partial<Pick<PrivacyRequest, 'steps'>>,
  nowMs: number,
): z.infer<typeof requestSchema> {
  const { archive } = request;
  return {
    id: request.id,
    kind: request.kind,
    regulation: request.regulation,
    state: request.state,
    subject: request.subject,
    identity_check: request.identityCheck,
    requested_by: request.requestedBy,
    created_at: request.createdAt.toISOString(),
    due_at: request.dueAt.toISOString(),
    overdue: request.state === 'open' && request.dueAt.getTime() < nowMs,
    cutoff_at: isoOf(request.cutoffAt),
    finished_at: isoOf(request.finishedAt),
    archive:
      archive === null
        ? null
        : {
            bytes: archive.bytes,
            sha256: archive.sha256,
            rows: archive.rows,
            expires_at: archive.expires_at,
          },
    has_receipt: request.receipt !== null,
    ...(steps === undefined
      ? {}
      : {
          steps: steps.map((step) => ({
            name: step.name,
            state: step.state,
            attempts: step.attempts,
            started_at: isoOf(step.startedAt),
            finished_at: isoOf(step.finishedAt),
            error_code: step.errorCode,
            result: step.result,
          })),
        }),
  };
}
