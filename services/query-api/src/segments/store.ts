import type { Queryable } from '../postgres/database.ts';

/** What is known of a segment's members. Null: unknown. */
export interface Figures {
  readonly userCount: number;
  readonly avgLifetimeValue: number | null;
  readonly conversionRate: number | null;
  readonly churnRate: number | null;
}

/** A segment that this instance may renew now. */
export interface Claim {
  readonly segmentId: string;
  readonly version: number;
  readonly definition: unknown;
}

export interface ClaimOptions {
  readonly instance: string;
  readonly dataVersion: string;
  /** How long others leave it alone; then this instance counts as gone. */
  readonly claimSeconds: number;
  /** Not again within this, where only the data has moved. */
  readonly refreshSeconds: number;
  /** Again after this even where nothing has: time alone makes people inactive. */
  readonly maxAgeSeconds: number;
}

/** One row per definition in force. Another rule has other members, so nothing is known of them yet. */
export async function syncSegments(database: Queryable): Promise<void> {
  await database.query(`
    DELETE FROM fineprint.user_segments AS s WHERE NOT EXISTS (
      SELECT FROM fineprint.definitions AS d WHERE d.kind = 'segment' AND d.name = s.name AND d.archived_at IS NULL)`);
  await database.query(`
    INSERT INTO fineprint.user_segments AS s
      (id, name, description, criteria, user_count, avg_lifetime_value, conversion_rate, churn_rate)
    SELECT gen_random_uuid(), name, definition ->> 'description', coalesce(definition -> 'rule', 'null'), NULL, NULL, NULL, NULL
    FROM fineprint.definitions WHERE kind = 'segment' AND archived_at IS NULL ORDER BY name
    ON CONFLICT (name) DO UPDATE SET description = excluded.description, criteria = excluded.criteria,
      user_count = NULL, avg_lifetime_value = NULL, conversion_rate = NULL, churn_rate = NULL, updated_at = now()
    WHERE (s.description, s.criteria) IS DISTINCT FROM (excluded.description, excluded.criteria)`);
  await database.query(`
    INSERT INTO fineprint.segment_refreshes (segment_id) SELECT id FROM fineprint.user_segments
    ON CONFLICT DO NOTHING`);
}

const CLAIM = `
  UPDATE fineprint.segment_refreshes AS r
  SET claimed_by = $1::uuid, claimed_until = now() + make_interval(secs => $3)
  FROM (
    SELECT q.segment_id, d.version, d.definition
    FROM fineprint.segment_refreshes AS q
    JOIN fineprint.user_segments AS s ON s.id = q.segment_id
    JOIN fineprint.definitions AS d ON d.kind = 'segment' AND d.name = s.name AND d.archived_at IS NULL
    WHERE (q.claimed_until IS NULL OR q.claimed_until < now()) AND (
      q.definition_version IS DISTINCT FROM d.version
      OR (q.data_version IS DISTINCT FROM $2 AND q.refreshed_at < now() - make_interval(secs => $4))
      OR q.refreshed_at < now() - make_interval(secs => $5))
    ORDER BY q.refreshed_at NULLS FIRST LIMIT 1
    FOR UPDATE OF q SKIP LOCKED
  ) AS due
  WHERE r.segment_id = due.segment_id
  RETURNING r.segment_id AS "segmentId", due.version, due.definition`;

/** The segment that waits longest, if any is due and nobody else is at it. */
export async function claimSegment(database: Queryable, options: ClaimOptions): Promise<Claim | null> {
  const { rows } = await database.query(CLAIM, [
    options.instance,
    options.dataVersion,
    options.claimSeconds,
    options.refreshSeconds,
    options.maxAgeSeconds,
  ]);
  return (rows as Claim[])[0] ?? null;
}

/** What the document's columns hold: beyond it, unknown. */
const MAX_AVERAGE = 99_999_999.99;

const SAVE = `
  WITH kept AS (
    UPDATE fineprint.segment_refreshes SET definition_version = $3, data_version = $4, as_of = $5, refreshed_at = now(),
      currency = $6, avg_lifetime_value = $8, conversion_rate = $9, churn_rate = $10, problem = NULL,
      claimed_by = NULL, claimed_until = NULL
    WHERE segment_id = $1 AND claimed_by = $2::uuid
    RETURNING segment_id
  )
  UPDATE fineprint.user_segments AS s SET user_count = $7, avg_lifetime_value = $11, conversion_rate = $9,
    churn_rate = $10, updated_at = now()
  FROM kept, fineprint.definitions AS d
  WHERE s.id = kept.segment_id AND d.kind = 'segment' AND d.name = s.name AND d.version = $3 AND d.archived_at IS NULL
    AND s.criteria = d.definition -> 'rule'`;

export interface Evaluated {
  readonly dataVersion: string;
  readonly asOfMs: number;
  readonly currency: string;
  readonly figures: Figures;
}

/** Keeps figures unless the claim has gone to another instance, or the definition to another version. */
export async function saveFigures(
  database: Queryable,
  claim: Claim,
  instance: string,
  { dataVersion, asOfMs, currency, figures }: Evaluated,
): Promise<void> {
  const { avgLifetimeValue: average } = figures;
  await database.query(SAVE, [
    claim.segmentId,
    instance,
    claim.version,
    dataVersion,
    new Date(asOfMs),
    currency,
    figures.userCount,
    average,
    figures.conversionRate,
    figures.churnRate,
    average === null || Math.abs(average) > MAX_AVERAGE ? null : average,
  ]);
}

/** Says why there are no newer figures. The claim stays until it ends, so that nobody tries again at once. */
export async function saveProblem(
  database: Queryable,
  claim: Claim,
  instance: string,
  problem: string,
): Promise<void> {
  await database.query(
    'UPDATE fineprint.segment_refreshes SET problem = $3 WHERE segment_id = $1 AND claimed_by = $2::uuid',
    [claim.segmentId, instance, problem],
  );
}

/** A segment as the API shows it. */
export interface StoredSegment {
  readonly name: string;
  readonly version: number;
  readonly definition: unknown;
  /** Of the definition in force; null where there are none yet. */
  readonly asOf: Date | null;
  readonly currency: string | null;
  readonly userCount: number | null;
  readonly avgLifetimeValue: number | null;
  readonly conversionRate: number | null;
  readonly churnRate: number | null;
  readonly problem: string | null;
}

const SELECT = `
  SELECT d.name, d.version, d.definition, r.as_of AS "asOf", r.currency, s.user_count AS "userCount",
    r.avg_lifetime_value AS "avgLifetimeValue", r.conversion_rate AS "conversionRate", r.churn_rate AS "churnRate",
    q.problem
  FROM fineprint.definitions AS d
  LEFT JOIN fineprint.user_segments AS s ON s.name = d.name AND s.criteria = d.definition -> 'rule'
  LEFT JOIN fineprint.segment_refreshes AS q ON q.segment_id = s.id
  LEFT JOIN fineprint.segment_refreshes AS r ON r.segment_id = s.id AND r.definition_version = d.version
  WHERE d.kind = 'segment' AND d.archived_at IS NULL`;

export async function listSegments(
  database: Queryable,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly StoredSegment[]> {
  const { rows } = await database.query(
    `${SELECT} AND d.name > $1 COLLATE "C" ORDER BY d.name COLLATE "C" LIMIT $2`,
    [page.after, page.limit],
  );
  return rows as StoredSegment[];
}

export async function readSegment(database: Queryable, name: string): Promise<StoredSegment | null> {
  const { rows } = await database.query(`${SELECT} AND d.name = $1`, [name]);
  return (rows as StoredSegment[])[0] ?? null;
}
