import { type Receiver, type Silence, silenceOf } from '@fineprint/alert-rules';
import { activeSilences, listDefinitions } from '@fineprint/alert-store';
import { inTransaction, type Queryable } from '@fineprint/http-kit';
import type { RecordOf } from '@fineprint/topology';
import type { Pool } from 'pg';
import { putOut } from '../put-out.ts';
import { attemptRecord, deliveryId } from './attempt.ts';

type Alert = RecordOf<'alerts'>;

interface Notice {
  readonly id: string;
  readonly alert: Alert;
  readonly silenceId: string | null;
}

export interface Formed {
  readonly messages: number;
  readonly silenced: number;
}

/** Of one message: more than people read. The rest follows in the next one. */
const MAX_ALERTS = 50;
const MAX_GROUPS = 100;
/** A silence may be lengthened or ended meanwhile: so often it is looked at. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Makes messages of what waits and is due: one for each group that has none under way. What a silence covers waits on; an
 * alert that began and ended behind one is told to nobody. Any number may do so at once: they take turns.
 */
export function formMessages(pool: Pool, onUnreadable: (receiver: string) => void): Promise<Formed> {
  return inTransaction(pool, async (client) => {
    const groups = await dueGroups(client);
    if (groups.length === 0) return { messages: 0, silenced: 0 };
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('fineprint.alert_notices', 0))`);
    const { rows } = await client.query(
      'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::double precision AS "nowMs"',
    );
    const { nowMs }: { nowMs: number } = rows[0];
    const silences = await activeSilences(client);
    const receivers = new Map(
      (await listDefinitions(client, 'receiver', undefined, onUnreadable)).map((r) => [
        r.value.name,
        r.value,
      ]),
    );
    const sum = { messages: 0, silenced: 0 };
    for (const { receiver: name, groupKey } of await dueGroups(client)) {
      const notices = await waiting(client, name, groupKey);
      const receiver = receivers.get(name);
      if (receiver === undefined || !receiver.enabled) {
        await mute(client, notices); // there is nobody to be told any more
        continue;
      }
      const told = await holdBack(client, receiver, notices, silences, nowMs);
      sum.silenced += told.silenced;
      if (told.left.length === 0) continue;
      await makeMessage(client, name, groupKey, told.left);
      sum.messages++;
    }
    return sum;
  });
}

async function dueGroups(client: Queryable): Promise<{ receiver: string; groupKey: string }[]> {
  const { rows } = await client.query(
    `SELECT receiver, group_key AS "groupKey" FROM fineprint.alert_notices n
     WHERE state = 'waiting' AND NOT EXISTS (SELECT FROM fineprint.alert_deliveries d
       WHERE d.receiver = n.receiver AND d.group_key = n.group_key AND d.state = 'pending')
     GROUP BY receiver, group_key HAVING min(due_at) <= clock_timestamp() ORDER BY min(due_at) LIMIT $1`,
    [MAX_GROUPS],
  );
  return rows as { receiver: string; groupKey: string }[];
}

async function waiting(client: Queryable, receiver: string, groupKey: string): Promise<Notice[]> {
  const { rows } = await client.query(
    `SELECT id, alert, silence_id AS "silenceId" FROM fineprint.alert_notices
     WHERE receiver = $1 AND group_key = $2 AND state = 'waiting' ORDER BY id`,
    [receiver, groupKey],
  );
  return rows as Notice[];
}

/** Leaves out what silences cover, and what is over before anybody heard of it. */
async function holdBack(
  client: Queryable,
  receiver: Receiver,
  notices: readonly Notice[],
  silences: readonly Silence[],
  nowMs: number,
): Promise<{ readonly left: readonly Notice[]; readonly silenced: number }> {
  const held = new Map<string, Notice[]>();
  const left: Notice[] = [];
  let silenced = 0;
  for (const notice of notices) {
    const { alert } = notice;
    const silence = silenceOf(silences, alert, nowMs);
    const episode = JSON.stringify([alert.dedup_key, alert.raised_at]);
    if (silence === null) {
      left.push(notice);
      continue;
    }
    const earlier = held.get(episode) ?? [];
    held.set(episode, [...earlier, notice]);
    if (alert.state === 'resolved' && earlier.length > 0) await mute(client, [...earlier, notice]);
    else await wait(client, notice, silence, Math.min(silence.untilMs, nowMs + LOOK_AGAIN_MS));
    if (notice.silenceId !== null) continue;
    silenced++;
    await putOut(client, {
      topic: 'alerts.deliveries',
      key: receiver.name,
      record: silencedRecord(receiver, alert, silence, nowMs),
    });
  }
  return { left: left.slice(0, MAX_ALERTS), silenced };
}

const silencedRecord = (receiver: Receiver, alert: Alert, silence: Silence, nowMs: number) =>
  attemptRecord({
    delivery_id: deliveryId(receiver.name, [alert.alert_id]),
    receiver: receiver.name,
    channel: receiver.target.type,
    outcome: 'silenced',
    attempt: 0,
    alert_ids: [alert.alert_id],
    status: null,
    error_code: null,
    silence_id: silence.id,
    duration_ms: 0,
    occurred_at: nowMs,
  });

async function wait(client: Queryable, { id }: Notice, silence: Silence, untilMs: number): Promise<void> {
  await client.query(
    'UPDATE fineprint.alert_notices SET silence_id = $2, due_at = to_timestamp($3::double precision / 1000) WHERE id = $1',
    [id, silence.id, untilMs],
  );
}

async function mute(client: Queryable, notices: readonly Notice[]): Promise<void> {
  await client.query("UPDATE fineprint.alert_notices SET state = 'muted' WHERE id = ANY($1)", [
    notices.map((n) => n.id),
  ]);
}

async function makeMessage(
  client: Queryable,
  receiver: string,
  groupKey: string,
  notices: readonly Notice[],
): Promise<void> {
  const alerts = notices.map((n) => n.alert);
  const id = deliveryId(
    receiver,
    alerts.map((a) => a.alert_id),
  );
  await client.query(
    `INSERT INTO fineprint.alert_deliveries (delivery_id, receiver, group_key, alerts) VALUES ($1, $2, $3, $4)`,
    [id, receiver, groupKey, JSON.stringify(alerts)],
  );
  await client.query(
    "UPDATE fineprint.alert_notices SET state = 'sent', delivery_id = $2 WHERE id = ANY($1)",
    [notices.map((n) => n.id), id],
  );
}
