import type { CountedFunnelRow } from '../rows.ts';
import { userRowOf } from '../user-id.ts';
import type { Transaction } from './postgres.ts';

/** Makes the product's table say what these rows say: steps that hold no more go. */
export async function writeFunnelSteps(tx: Transaction, rows: readonly CountedFunnelRow[]): Promise<void> {
  if (rows.length === 0) return;
  const users = new Map(rows.map((row) => [row.person, userRowOf(row.person)]));
  const idOf = (row: CountedFunnelRow) => users.get(row.person)?.id;
  const steps = rows.flatMap((row) =>
    row.steps.map((step_name, i) => ({
      user_id: idOf(row),
      funnel_name: row.name,
      step_name,
      step_order: row.stepOrders[i] ?? 0,
      created_at: new Date(row.stepTimesMs[i] ?? 0).toISOString(),
    })),
  );
  await tx.rows(
    `INSERT INTO fineprint.users (id, external_id, is_anonymous)
     SELECT * FROM jsonb_to_recordset($1) AS given (id uuid, external_id text, is_anonymous boolean)
     ORDER BY id ON CONFLICT DO NOTHING`,
    [JSON.stringify([...users.values()])],
  );
  const kept = rows.map((row) => ({ user_id: idOf(row), funnel_name: row.name, steps: row.steps }));
  await tx.rows(
    `DELETE FROM fineprint.funnel_steps AS known
     USING jsonb_to_recordset($2) AS row (user_id uuid, funnel_name text, steps text[])
     WHERE known.user_id = ANY($1) AND known.user_id = row.user_id AND known.funnel_name = row.funnel_name
       AND known.step_name <> ALL (row.steps)`,
    [rows.map(idOf), JSON.stringify(kept)],
  );
  await tx.rows(
    `INSERT INTO fineprint.funnel_steps AS known (user_id, funnel_name, step_name, step_order, created_at)
     SELECT user_id, funnel_name, step_name, step_order, created_at FROM jsonb_to_recordset($1) AS step
       (user_id uuid, funnel_name text, step_name text, step_order int, created_at timestamptz)
     ON CONFLICT (user_id, funnel_name, step_name) DO UPDATE
     SET step_order = excluded.step_order, created_at = excluded.created_at
     WHERE (known.step_order, known.created_at) IS DISTINCT FROM (excluded.step_order, excluded.created_at)`,
    [JSON.stringify(steps)],
  );
}
