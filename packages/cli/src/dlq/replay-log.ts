import type { ReplayMark } from './cases.ts';

/** What is needed of a Postgres client. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Of the product, among advisory locks: "a replay of dead letters is running". */
const LOCK = [0x46_50, 0x44_4c] as const;
/** Letters are long gone by then. */
const KEPT_DAYS = 90;

/** False where another replay holds it. It ends with the connection, so a killed replay blocks nobody. */
export async function lockReplays(database: Database): Promise<boolean> {
  const { rows } = await database.query('SELECT pg_try_advisory_lock($1, $2) AS locked', [...LOCK]);
  return (rows[0] as { locked: boolean } | undefined)?.locked === true;
}

/** Which of the letters went back already. */
export async function readMarks(
  database: Database,
  ids: readonly string[],
): Promise<Map<string, ReplayMark>> {
  const { rows } = await database.query(
    `SELECT dead_letter_id AS id, failed_at AS "failedAt", replayed_at AS "replayedAt"
     FROM fineprint.dlq_replayed WHERE dead_letter_id = ANY($1::text[])`,
    [[...new Set(ids)]],
  );
  return new Map(
    (rows as { id: string; failedAt: Date; replayedAt: Date }[]).map((r) => [
      r.id,
      { failedAtMs: r.failedAt.getTime(), replayedAt: r.replayedAt },
    ]),
  );
}

export async function beginReplay(
  database: Database,
  replay: {
    readonly id: string;
    readonly operator: string;
    readonly filter: object;
    readonly selected: number;
  },
): Promise<void> {
  await database.query(
    'DELETE FROM fineprint.dlq_replayed WHERE replayed_at < now() - make_interval(days => $1)',
    [KEPT_DAYS],
  );
  await database.query(
    'INSERT INTO fineprint.dlq_replays (id, operator, filter, selected) VALUES ($1, $2, $3, $4)',
    [replay.id, replay.operator, JSON.stringify(replay.filter), replay.selected],
  );
}

export interface SentLetter {
  readonly id: string;
  readonly stage: string;
  readonly failedAtMs: number;
}

/** Notes letters whose sending was acknowledged, and counts them in the replay's row. */
export async function noteReplayed(
  database: Database,
  replayId: string,
  sent: readonly SentLetter[],
): Promise<void> {
  if (sent.length === 0) return;
  await database.query(
    `WITH noted AS (
       INSERT INTO fineprint.dlq_replayed (dead_letter_id, stage, failed_at, replay_id)
       SELECT DISTINCT ON (id) id, stage, failed_at, $1::uuid
       FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS t(id, stage, failed_at) ORDER BY id, failed_at DESC
       ON CONFLICT (dead_letter_id) DO UPDATE
         SET failed_at = greatest(dlq_replayed.failed_at, excluded.failed_at),
             replay_id = excluded.replay_id, replayed_at = now()
     )
     UPDATE fineprint.dlq_replays SET replayed = replayed + $5 WHERE id = $1`,
    [
      replayId,
      sent.map((s) => s.id),
      sent.map((s) => s.stage),
      sent.map((s) => new Date(s.failedAtMs)),
      sent.length,
    ],
  );
}

export async function endReplay(
  database: Database,
  replayId: string,
  result: { readonly already: number; readonly refused: Readonly<Record<string, number>> },
): Promise<void> {
  const refused = Object.values(result.refused).reduce((sum, n) => sum + n, 0);
  await database.query(
    `UPDATE fineprint.dlq_replays
     SET already_replayed = $2, refused = $3, refused_by_reason = $4, finished_at = now() WHERE id = $1`,
    [replayId, result.already, refused, JSON.stringify(result.refused)],
  );
}
