import type { Matchers, Silence, SilenceInput } from '@fineprint/alert-rules';
import { type Database, msOf, timeOf } from './database.ts';

export interface StoredSilence extends Silence {
  readonly comment: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

const COLUMNS = `id, matchers, comment, ${msOf('created_at')} AS "createdAtMs", created_by AS "createdBy",
  ${msOf('from_at')} AS "fromMs", ${msOf('until_at')} AS "untilMs"`;

/** Longer ones are forgotten problems. */
const LONGEST_MS = 90 * 86_400_000;

/** Null where it would be over before it began, or last for more than 90 days. */
export async function addSilence(
  database: Database,
  id: string,
  { matchers, from, until, comment }: SilenceInput,
  by: string,
): Promise<StoredSilence | null> {
  const { rows } = await database.query(
    `WITH given AS (SELECT coalesce(${timeOf('$3')}, clock_timestamp()) AS from_at, ${timeOf('$4')} AS until_at)
     INSERT INTO fineprint.alert_silences (id, matchers, from_at, until_at, comment, created_by)
     SELECT $1, $2::jsonb, from_at, until_at, $5, $6 FROM given
     WHERE until_at > greatest(from_at, clock_timestamp()) AND until_at - from_at <= $7 * interval '1 millisecond'
     RETURNING ${COLUMNS}`,
    [id, JSON.stringify(matchers), from ?? null, until, comment, by, LONGEST_MS],
  );
  return (rows as StoredSilence[])[0] ?? null;
}

/** Those that are not over, or every one; the newest first. */
export async function listSilences(
  database: Database,
  options: { readonly isAll: boolean; readonly limit: number; readonly offset: number },
): Promise<StoredSilence[]> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.alert_silences WHERE $1 OR until_at > clock_timestamp()
     ORDER BY created_at DESC, id LIMIT $2 OFFSET $3`,
    [options.isAll, options.limit, options.offset],
  );
  return rows as StoredSilence[];
}

/** Those that hold now. */
export async function activeSilences(database: Database): Promise<readonly Silence[]> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.alert_silences WHERE from_at <= clock_timestamp() AND until_at > clock_timestamp()`,
  );
  return rows as { id: string; matchers: Matchers; fromMs: number; untilMs: number }[];
}

/** Ends it now; what it held back is looked at again at once. False where there is none that lasts. */
export async function endSilence(database: Database, id: string): Promise<boolean> {
  const { rowCount } = await database.query(
    `WITH ended AS (
       UPDATE fineprint.alert_silences SET until_at = greatest(from_at, clock_timestamp())
       WHERE id::text = $1 AND until_at > clock_timestamp() RETURNING id
     ), due AS (
       UPDATE fineprint.alert_notices n SET due_at = clock_timestamp() FROM ended
       WHERE n.silence_id = ended.id AND n.state = 'waiting'
     )
     SELECT id FROM ended`,
    [id],
  );
  return rowCount === 1;
}
