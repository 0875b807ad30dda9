import type { Queryable } from '@fineprint/http-kit';
import { createSubjectHash, type Scope, type SubjectId } from '@fineprint/privacy';
import type { StepContext } from './step.ts';

const subjectsOf = ({ users, anonymous }: Scope): SubjectId[] => [
  ...users.map((id): SubjectId => ({ kind: 'user', id })),
  ...anonymous.map((id): SubjectId => ({ kind: 'anonymous', id })),
];

/** Keeps the scope with its request until that is done: a pseudonym that is destroyed could not be found again. */
export async function saveScope(
  client: Queryable,
  { request }: Pick<StepContext, 'request'>,
  scope: Scope,
): Promise<void> {
  await client.query('UPDATE fineprint.privacy_requests SET scope = $2 WHERE id = $1', [
    request.id,
    JSON.stringify(scope),
  ]);
}

/** Puts a scope's ids on the list of the erased, as keyed hashes; the moment is that of the request's first listing. */
export async function listErased(
  client: Queryable,
  { request, ports }: Pick<StepContext, 'request' | 'ports'>,
  scope: Scope,
): Promise<void> {
  const hash = createSubjectHash(ports.key);
  await client.query(
    `UPDATE fineprint.privacy_requests
     SET cutoff_at = coalesce(cutoff_at, date_trunc('milliseconds', clock_timestamp())) WHERE id = $1`,
    [request.id],
  );
  await client.query(
    `INSERT INTO fineprint.erased_subjects AS known (subject_hash, erased_at, request_id)
     SELECT hash, r.cutoff_at, r.id FROM fineprint.privacy_requests AS r, unnest($2::bytea[]) AS hash
     WHERE r.id = $1 ORDER BY hash
     ON CONFLICT (subject_hash) DO UPDATE SET erased_at = greatest(known.erased_at, excluded.erased_at),
       request_id = excluded.request_id, listed_at = clock_timestamp()`,
    [request.id, subjectsOf(scope).map(hash)],
  );
}
