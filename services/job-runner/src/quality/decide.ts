import type { Rule } from '@fineprint/data-quality';
import type { OutboxRecord, Queryable } from '@fineprint/http-kit';
import { putInOutbox } from '@fineprint/jobs';
import type { TopicName } from '@fineprint/topology';
import { alertChange, alertRecord, type ResultRecord } from './records.ts';

export interface Found {
  readonly rule: Rule;
  readonly result: ResultRecord;
}

export interface Decided {
  readonly counted: number;
  readonly raised: number;
  readonly resolved: number;
}

interface Standing {
  readonly name: string;
  readonly slotMs: number;
  readonly raisedAtMs: number | null;
  readonly result: ResultRecord;
}

/**
 * Keeps the results, and what follows from them for alerts, in one transaction with what is to be published. A result
 * counts for a rule only if no later one has: asking twice, or for an earlier time, changes nothing. Alerts of rules that
 * are gone are resolved, for nobody would ever do it otherwise.
 */
export async function decideResults(
  client: Queryable,
  slotMs: number,
  found: readonly Found[],
): Promise<Decided> {
  const standing = await lockRules(client);
  const outgoing: OutboxRecord<TopicName>[] = [];
  let [counted, raised, resolved] = [0, 0, 0];
  for (const { rule, result } of found) {
    const before = standing.get(rule.name);
    if (before !== undefined && before.slotMs >= slotMs) continue;
    counted++;
    outgoing.push({ topic: 'quality.results', key: rule.name, record: result });
    const raisedAtMs = before?.raisedAtMs ?? null;
    const change = alertChange(raisedAtMs !== null, result.status);
    if (change !== null) {
      const alert = alertRecord(change, result, { raisedAtMs: raisedAtMs ?? slotMs, occurredAtMs: slotMs });
      outgoing.push({ topic: 'alerts', key: alert.dedup_key, record: alert });
    }
    if (change === 'raised') raised++;
    if (change === 'resolved') resolved++;
    await saveRule(client, rule, result, change === 'raised' ? slotMs : change === null ? raisedAtMs : null);
  }
  const known = new Set(found.map((f) => f.rule.name));
  for (const gone of [...standing.values()].filter((s) => !known.has(s.name) && s.slotMs < slotMs)) {
    await client.query('DELETE FROM fineprint.quality_rules WHERE name = $1', [gone.name]);
    if (gone.raisedAtMs === null) continue;
    resolved++;
    const alert = alertRecord('resolved', gone.result, { raisedAtMs: gone.raisedAtMs, occurredAtMs: slotMs });
    const title = `The rule ${gone.name} is no more`;
    outgoing.push({ topic: 'alerts', key: alert.dedup_key, record: { ...alert, title } });
  }
  await putInOutbox(client, outgoing);
  return { counted, raised, resolved };
}

async function lockRules(client: Queryable): Promise<Map<string, Standing>> {
  const { rows } = await client.query(
    `SELECT name, (extract(epoch FROM slot_at) * 1000)::double precision AS "slotMs",
       (extract(epoch FROM raised_at) * 1000)::double precision AS "raisedAtMs", result
     FROM fineprint.quality_rules ORDER BY name FOR UPDATE`,
  );
  return new Map((rows as Standing[]).map((row) => [row.name, row]));
}

async function saveRule(
  client: Queryable,
  rule: Rule,
  result: ResultRecord,
  raisedAtMs: number | null,
): Promise<void> {
  await client.query(
    `INSERT INTO fineprint.quality_rules (name, definition, slot_at, status, result, raised_at)
     VALUES ($1, $2, to_timestamp($3::double precision / 1000), $4, $5, to_timestamp($6::double precision / 1000))
     ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, slot_at = excluded.slot_at,
       status = excluded.status, result = excluded.result, raised_at = excluded.raised_at`,
    [rule.name, JSON.stringify(rule), result.slot, result.status, JSON.stringify(result), raisedAtMs],
  );
}
