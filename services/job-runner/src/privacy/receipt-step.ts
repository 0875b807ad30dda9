import type { Queryable } from '@fineprint/http-kit';
import { type PrivacyRequest, type Receipt, signReceipt } from '@fineprint/privacy';
import { endStep } from './end-step.ts';
import type { PrivacyPorts } from './ports.ts';
import { remainsOf } from './remains.ts';
import type { Step } from './step.ts';

type Deletion = Receipt['destinations'][number];

/** Signs what was done, forgets whom it was about, and ends the request. */
export const receipt: Step = ({ ports, request, run }) =>
  run.whileOurs(async (client) => {
    const destinations = await readDeletions(client, request.id);
    const text = JSON.stringify(receiptOf(ports, request, destinations), null, 2);
    const isOver = destinations.every(({ status }) => status !== 'asked');
    await client.query(
      `UPDATE fineprint.privacy_requests SET receipt = $2, signature = $3, subject = NULL, scope = NULL,
         finished_at = clock_timestamp(), state = $4 WHERE id = $1`,
      [request.id, text, signReceipt(ports.key, text), isOver ? 'done' : 'following'],
    );
    await endStep(client, request.id, 'receipt', { destinations: destinations.length });
    return { destinations: destinations.length };
  });

async function readDeletions(client: Queryable, requestId: string): Promise<Deletion[]> {
  const { rows } = await client.query(
    `SELECT destination AS name, status, task FROM fineprint.privacy_vendor_deletions WHERE request_id = $1 ORDER BY destination`,
    [requestId],
  );
  return rows as Deletion[];
}

/** Receipts whose destinations have all said how it went are signed anew, with that. */
export async function finishFollowed(client: Queryable, key: string): Promise<number> {
  const { rows } = await client.query(
    `SELECT id, receipt FROM fineprint.privacy_requests AS r WHERE state = 'following' AND NOT EXISTS (
       SELECT FROM fineprint.privacy_vendor_deletions AS d WHERE d.request_id = r.id AND d.status = 'asked')`,
  );
  for (const { id, receipt: text } of rows as { id: string; receipt: string }[]) {
    const destinations = await readDeletions(client, id);
    const renewed = JSON.stringify({ ...(JSON.parse(text) as Receipt), destinations }, null, 2);
    await client.query(
      `UPDATE fineprint.privacy_requests SET receipt = $2, signature = $3, state = 'done' WHERE id = $1`,
      [id, renewed, signReceipt(key, renewed)],
    );
  }
  return rows.length;
}

function receiptOf(ports: PrivacyPorts, request: PrivacyRequest, destinations: readonly Deletion[]): Receipt {
  const resultOf = (step: string) => request.steps.find(({ name }) => name === step)?.result ?? {};
  const removed = (store: string) =>
    Object.entries((resultOf(store)['removed'] ?? {}) as Record<string, number>).map(([table, rows]) => ({
      store,
      table,
      rows,
    }));
  const verified = resultOf('verify');
  const completedMs = Date.now();
  return {
    request_id: request.id,
    regulation: request.regulation,
    requested_at: request.createdAt.toISOString(),
    completed_at: new Date(completedMs).toISOString(),
    cutoff_at: request.cutoffAt?.toISOString() ?? '',
    subject_hash: request.subjectHash.toString('hex'),
    removed: [
      ...['clickhouse', 'postgres', 'snowflake'].flatMap(removed),
      {
        store: 'postgres',
        table: 'subject_pseudonyms',
        rows: Number(resultOf('postgres')['pseudonyms'] ?? 0),
      },
      { store: 'redis', table: 'claims', rows: Number(resultOf('redis')['claims'] ?? 0) },
      { store: 'kafka', table: 'subject.behaviour', rows: Number(resultOf('stages')['tombstones'] ?? 0) },
      { store: 'kafka', table: 'people', rows: Number(resultOf('topics')['tombstones'] ?? 0) },
      { store: 'files', table: 'archives', rows: Number(resultOf('archives')['archives'] ?? 0) },
    ].filter(({ rows }) => rows > 0),
    verified: {
      at: String(verified['at'] ?? ''),
      tables: Number(verified['tables'] ?? 0),
      rows_found: Number(verified['rows_found'] ?? 0),
    },
    remains: remainsOf(ports, completedMs),
    destinations,
  };
}
