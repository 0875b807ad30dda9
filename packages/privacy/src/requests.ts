import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

export const requestKinds = ['access', 'erasure'] as const;
export type RequestKind = (typeof requestKinds)[number];
export const regulations = ['gdpr', 'ccpa'] as const;
export type Regulation = (typeof regulations)[number];
export type RequestState = 'open' | 'following' | 'done';

/** Days until a request must be answered. */
export const DEADLINE_DAYS: Readonly<Record<Regulation, number>> = { gdpr: 30, ccpa: 45 };

/** Whom a request is about, by at least one id, as producers send it. */
export interface AskedSubject {
  readonly user_id: string | null;
  readonly anonymous_id: string | null;
}

/** The steps of a request, in order: each may be repeated at any point. */
export const stepsOf = {
  access: ['scope', 'collect', 'archive'],
  erasure: [
    'list',
    'settle',
    'scope',
    'stages',
    'postgres',
    'topics',
    'redis',
    'clickhouse',
    'snowflake',
    'destinations',
    'archives',
    'verify',
    'receipt',
  ],
} as const satisfies Record<RequestKind, readonly string[]>;
export type StepName = (typeof stepsOf)[RequestKind][number];

export interface RequestStep {
  readonly name: StepName;
  readonly state: 'waiting' | 'running' | 'done';
  readonly attempts: number;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly errorCode: string | null;
  readonly result: Readonly<Record<string, unknown>> | null;
}

export interface Archive {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly expires_at: string;
}

export interface PrivacyRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly subjectHash: Buffer;
  /** Null once it is forgotten. */
  readonly subject: AskedSubject | null;
  readonly regulation: Regulation;
  readonly identityCheck: string;
  readonly requestedBy: string;
  readonly state: RequestState;
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly cutoffAt: Date | null;
  readonly finishedAt: Date | null;
  readonly archive: Archive | null;
  readonly receipt: string | null;
  readonly signature: string | null;
  readonly steps: readonly RequestStep[];
}

export interface NewRequest {
  readonly kind: RequestKind;
  readonly subject: AskedSubject;
  readonly subjectHash: Buffer;
  readonly regulation: Regulation;
  readonly identityCheck: string;
  readonly requestedBy: string;
}

const COLUMNS = `r.id, r.kind, r.subject_hash AS "subjectHash", r.subject, r.regulation, r.identity_check AS "identityCheck",
  r.requested_by AS "requestedBy", r.state, r.created_at AS "createdAt", r.due_at AS "dueAt", r.cutoff_at AS "cutoffAt",
  r.finished_at AS "finishedAt", r.archive, r.receipt, r.signature`;
const STEPS = `SELECT name, state, attempts, started_at AS "startedAt", finished_at AS "finishedAt", error_code AS "errorCode",
  result FROM fineprint.privacy_steps WHERE request_id = $1 ORDER BY position`;

/**
 * Opens a request, or answers the one of the same kind and subject that is open. Runs in the caller's transaction: the request
 * and its steps are there together or not at all.
 */
export async function openRequest(
  database: Database,
  given: NewRequest,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const id = randomUUID();
  const { rowCount } = await database.query(
    `INSERT INTO fineprint.privacy_requests (id, kind, subject_hash, subject, regulation, identity_check, requested_by, due_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(days => $8))
     ON CONFLICT (kind, subject_hash) WHERE state = 'open' DO NOTHING`,
    [
      id,
      given.kind,
      given.subjectHash,
      JSON.stringify(given.subject),
      given.regulation,
      given.identityCheck,
      given.requestedBy,
      DEADLINE_DAYS[given.regulation],
    ],
  );
  if (rowCount === 1) {
    await database.query(
      `INSERT INTO fineprint.privacy_steps (request_id, position, name)
       SELECT $1, position, name FROM unnest($2::text[]) WITH ORDINALITY AS given (name, position)`,
      [id, [...stepsOf[given.kind]]],
    );
    return { id, isNew: true };
  }
  const { rows } = await database.query(
    "SELECT id FROM fineprint.privacy_requests WHERE kind = $1 AND subject_hash = $2 AND state = 'open'",
    [given.kind, given.subjectHash],
  );
  const [open] = rows as { id: string }[];
  // It was finished in this very moment: then this is another request.
  return open === undefined ? openRequest(database, given) : { id: open.id, isNew: false };
}

export async function readRequest(database: Database, id: string): Promise<PrivacyRequest | null> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.privacy_requests AS r WHERE r.id = $1`,
    [id],
  );
  const [row] = rows as Omit<PrivacyRequest, 'steps'>[];
  if (row === undefined) return null;
  const steps = await database.query(STEPS, [id]);
  return { ...row, steps: steps.rows as RequestStep[] };
}

export interface RequestFilter {
  readonly kind?: RequestKind | undefined;
  readonly state?: RequestState | undefined;
  readonly limit: number;
  readonly offset?: number;
}

/** Without their steps, the latest first. */
export async function listRequests(
  database: Database,
  { kind, state, limit, offset = 0 }: RequestFilter,
): Promise<Omit<PrivacyRequest, 'steps'>[]> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.privacy_requests AS r
     WHERE ($1::text IS NULL OR r.kind = $1) AND ($2::text IS NULL OR r.state = $2)
     ORDER BY r.created_at DESC, r.id LIMIT $3 OFFSET $4`,
    [kind ?? null, state ?? null, limit, offset],
  );
  return rows as Omit<PrivacyRequest, 'steps'>[];
}
