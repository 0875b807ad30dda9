import { type ConsentRecord, choicesOf, type chosenCategories, verdict } from '@fineprint/consent';
import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { wholeNumber } from '../params/fields.ts';
import { isoOf } from '../params/time-range.ts';
import type { Queryable } from '../postgres/database.ts';

/** As long as the gateway lets an id be. */
const MAX_ID = 255;
/** As many words as the scrubber has at hand. */
const MAX_WORDS = 200;

const standing = z.enum(['granted', 'denied', 'unknown']);

const answerSchema = z
  .object({
    subject: z.string(),
    in_force: z
      .object({ analytics: standing, marketing: standing, ai: standing })
      .meta({ description: 'What counts for events of now; `unknown`: the default of the law does.' }),
    records: z.array(
      z.object({
        event_id: z.uuid(),
        user_id: z.string().nullable(),
        anonymous_id: z.string().nullable(),
        event_time: z.iso.datetime().meta({ description: 'From when on it counts.' }),
        received_at: z.iso.datetime(),
        categories: z.record(z.string(), z.boolean()),
        jurisdiction: z.string().nullable(),
        method: z.string().nullable(),
        policy_version: z.string().nullable(),
        expires_at: z.iso.datetime().nullable(),
        source: z.string().meta({ description: 'Who recorded it.' }),
        proof: z.record(z.string(), z.unknown()).meta({ description: 'What was attached to prove it.' }),
      }),
    ),
    next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
  })
  .meta({ id: 'ConsentHistory' });

interface Row {
  readonly event_id: string;
  readonly user_id: string | null;
  readonly anonymous_id: string | null;
  readonly event_at: Date;
  readonly received_at: Date;
  readonly categories: Readonly<Record<string, boolean>>;
  readonly jurisdiction: string | null;
  readonly method: string | null;
  readonly policy_version: string | null;
  readonly expires_at: Date | null;
  readonly source: string;
  readonly properties: string;
}

const QUERY = `
  SELECT event_id, user_id, anonymous_id, event_at, received_at, categories, jurisdiction, method, policy_version,
    expires_at, source, properties
  FROM fineprint.consent_records
  WHERE (user_id = $1 AND $2 <> 'anonymous') OR (anonymous_id = $1 AND $2 <> 'user')
  ORDER BY event_at DESC, event_id LIMIT $3 OFFSET $4`;

type Kind = 'user' | 'anonymous' | 'any';

async function readRows(
  database: Queryable,
  { subject, kind, limit, offset }: { subject: string; kind: Kind; limit: number; offset: number },
): Promise<readonly Row[]> {
  return (await database.query(QUERY, [subject, kind, limit, offset])).rows as Row[];
}

const toWord = (row: Row): ConsentRecord => ({
  eventId: row.event_id,
  userId: row.user_id,
  anonymousId: row.anonymous_id,
  eventTimeMs: row.event_at.getTime(),
  receivedMs: row.received_at.getTime(),
  choices: choicesOf(row.categories),
  jurisdiction: row.jurisdiction,
  expiresAtMs: row.expires_at === null ? null : row.expires_at.getTime(),
});

/** What counts for the subject's events of now, whichever law's defaults the deployment has. */
function inForce(rows: readonly Row[], subject: string, nowMs: number) {
  const words = rows.map(toWord);
  const user = words.filter((w) => w.userId === subject);
  const standings = verdict({ user, device: words.filter((w) => w.anonymousId === subject) }, 'none', {
    userId: user.length > 0 ? subject : null,
    anonymousId: subject,
    ...{ eventTimeMs: nowMs, receivedMs: nowMs, hasOptOutSignal: false },
  });
  const told = (category: (typeof chosenCategories)[number]) =>
    standings[category] === 'default' ? ('unknown' as const) : standings[category];
  return { analytics: told('analytics'), marketing: told('marketing'), ai: told('ai') };
}

const iso = (date: Date | null) => (date === null ? null : isoOf(date.getTime()));

const toAnswer = ({ event_at, received_at, expires_at, properties, ...row }: Row) => ({
  ...row,
  event_time: iso(event_at),
  received_at: iso(received_at),
  expires_at: iso(expires_at),
  proof: JSON.parse(properties) as Record<string, unknown>,
});

export const consentHistory = defineOperation({
  method: 'GET',
  path: '/api/v1/privacy/consent/{subject}',
  name: 'privacy.consent.history',
  action: 'consent',
  summary: 'What a person allowed and withdrew, and what counts now',
  description:
    'The latest first. Ids are as the scrubber leaves them: one that is an e-mail address is known by its pseudonym. Consent is recorded by POST at /api/v1/privacy/consent of the gateway, with a write key.',
  parameters: z.strictObject({
    kind: z
      .enum(['user', 'anonymous', 'any'])
      .default('any')
      .meta({ description: 'Whether the subject is a user id or an anonymous one.' }),
    limit: wholeNumber({ min: 1, max: 500, byDefault: 100, description: 'Records of a page' }),
    offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Records left out before' }),
  }),
  pathParameters: z.strictObject({
    subject: z
      .string()
      .min(1)
      .max(MAX_ID)
      .regex(/^\P{Cc}*$/u, 'holds control characters')
      .meta({ description: 'A user id or an anonymous id.' }),
  }),
  bodySchema: null,
  answerSchema,
  example: '?limit=20',
  async run({ query: { kind, limit, offset }, path: { subject } }, { database, nowMs }) {
    const last = await readRows(database, { subject, kind, limit: MAX_WORDS, offset: 0 });
    const found = await readRows(database, { subject, kind, limit: limit + 1, offset });
    return {
      status: 200,
      body: {
        subject,
        in_force: inForce(last, subject, nowMs),
        records: found.slice(0, limit).map(toAnswer),
        next_offset: found.length > limit ? offset + limit : null,
      },
    };
  },
});
