import { type ConsentRecord, choicesOf } from '@fineprint/consent';
import { StreamError } from '@fineprint/stream-runtime';
import type { ConsentStore, Positions, StoredConsent, Told } from './consent-store.ts';
import { MAX_WORDS } from './subject-cache.ts';

/** What is needed of a pool. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** More news than this at once, and everything is read anew. */
const MAX_NEWS = 10_000;
const PAGE = 20_000;

/**
 * Of two records with one id the one that was received first stays, so it does not matter which was brought first. The
 * position moves only over records that are in the table: from here, or from before.
 */
const RECORD = `
  WITH moved AS (
    INSERT INTO fineprint.consent_positions (partition, next_offset)
    SELECT $1::smallint, $3::bigint WHERE $2::bigint <= coalesce(
      (SELECT next_offset FROM fineprint.consent_positions WHERE partition = $1::smallint), 0)
    ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset, updated_at = clock_timestamp()
    WHERE consent_positions.next_offset < excluded.next_offset
  )
  INSERT INTO fineprint.consent_records AS kept
  SELECT given.event_id, given.user_id, given.anonymous_id, given.event_at, given.received_at, given.categories,
    given.jurisdiction, given.method, given.policy_version, given.expires_at, given.source, given.properties,
    $1::smallint, given.record_offset
  FROM unnest($4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::json[], $10::text[],
    $11::text[], $12::text[], $13::timestamptz[], $14::text[], $15::text[], $16::bigint[]) AS given (event_id,
    user_id, anonymous_id, event_at, received_at, categories, jurisdiction, method, policy_version, expires_at,
    source, properties, record_offset)
  ORDER BY given.event_id
  ON CONFLICT (event_id) DO UPDATE SET user_id = excluded.user_id, anonymous_id = excluded.anonymous_id,
    event_at = excluded.event_at, received_at = excluded.received_at, categories = excluded.categories,
    jurisdiction = excluded.jurisdiction, method = excluded.method, policy_version = excluded.policy_version,
    expires_at = excluded.expires_at, source = excluded.source, properties = excluded.properties,
    partition = excluded.partition, record_offset = excluded.record_offset
  WHERE (excluded.received_at, excluded.partition, excluded.record_offset)
    < (kept.received_at, kept.partition, kept.record_offset)`;

const COLUMNS = `r.event_id, r.user_id, r.anonymous_id, r.event_at, r.received_at, r.categories, r.jurisdiction,
  r.expires_at`;
const POSITIONS = `
  SELECT 'position' AS what, partition::text AS id, next_offset::text AS reached FROM fineprint.consent_positions`;

/** One question, one moment: where the table stands, what is new in it, and what some subjects said. */
const ASK = `
  SELECT 'position' AS what, partition::text AS id, next_offset::text AS reached, NULL::uuid AS event_id,
    NULL::text AS user_id, NULL::text AS anonymous_id, NULL::timestamptz AS event_at, NULL::timestamptz AS received_at,
    NULL::json AS categories, NULL::text AS jurisdiction, NULL::timestamptz AS expires_at
  FROM fineprint.consent_positions
  UNION ALL
  (SELECT 'news', NULL, NULL, ${COLUMNS}
   FROM fineprint.consent_positions AS p
   LEFT JOIN unnest($1::smallint[], $2::bigint[]) AS known (partition, next_offset) USING (partition)
   JOIN fineprint.consent_records AS r
     ON r.partition = p.partition AND r.record_offset >= coalesce(known.next_offset, 0)
   WHERE p.next_offset > coalesce(known.next_offset, 0)
   LIMIT ${MAX_NEWS + 1})
  UNION ALL
  SELECT 'user', wanted.id, NULL, said.* FROM unnest($3::text[]) AS wanted (id) CROSS JOIN LATERAL
    (SELECT ${COLUMNS} FROM fineprint.consent_records AS r
     WHERE r.user_id = wanted.id ORDER BY r.event_at DESC LIMIT ${MAX_WORDS}) AS said
  UNION ALL
  SELECT 'device', wanted.id, NULL, said.* FROM unnest($4::text[]) AS wanted (id) CROSS JOIN LATERAL
    (SELECT ${COLUMNS} FROM fineprint.consent_records AS r
     WHERE r.anonymous_id = wanted.id ORDER BY r.event_at DESC LIMIT ${MAX_WORDS}) AS said`;

const PAGE_OF_RECORDS = `
  SELECT ${COLUMNS} FROM fineprint.consent_records AS r WHERE r.event_id > $1::uuid ORDER BY r.event_id LIMIT ${PAGE}`;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface Row {
  readonly what: 'position' | 'news' | 'user' | 'device';
  readonly id: string | null;
  readonly reached: string | null;
  readonly event_id: string;
  readonly user_id: string | null;
  readonly anonymous_id: string | null;
  readonly event_at: Date;
  readonly received_at: Date;
  readonly categories: Readonly<Record<string, boolean>>;
  readonly jurisdiction: string | null;
  readonly expires_at: Date | null;
}

export function createPostgresConsentStore(database: Database): ConsentStore {
  const rowsOf = <T>(sql: string, values: unknown[]): Promise<T[]> =>
    database.query(sql, values).then(
      ({ rows }) => rows as T[],
      (error: unknown) => Promise.reject(unavailable(error)),
    );

  return {
    async record({ partition, from, to }, records) {
      await rowsOf(RECORD, [partition, from, to, ...columnsOf(onceEach(records))]);
    },
    positions: async () => toPositions(await rowsOf<Row>(POSITIONS, [])),
    async eachRecord(onRecords) {
      for (let after = FIRST_ID; ; ) {
        const rows = await rowsOf<Row>(PAGE_OF_RECORDS, [after]);
        onRecords(rows.map(toRecord));
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) return;
        after = last.event_id;
      }
    },
    async ask({ known, users, devices }) {
      const positions = [[...known.keys()], [...known.values()]];
      return toTold(await rowsOf<Row>(ASK, [...positions, [...users], [...devices]]));
    },
  };
}

/** Of records with one id the first: one statement may change a row once. */
function onceEach(records: readonly StoredConsent[]): readonly StoredConsent[] {
  const once = new Map<string, StoredConsent>();
  for (const record of records) if (!once.has(record.eventId)) once.set(record.eventId, record);
  return [...once.values()];
}

function columnsOf(records: readonly StoredConsent[]): unknown[] {
  const iso = (ms: number) => new Date(ms).toISOString();
  return [
    records.map((r) => r.eventId),
    records.map((r) => r.userId),
    records.map((r) => r.anonymousId),
    records.map((r) => iso(r.eventTimeMs)),
    records.map((r) => iso(r.receivedMs)),
    records.map((r) => JSON.stringify(r.categories)),
    records.map((r) => r.jurisdiction),
    records.map((r) => r.method),
    records.map((r) => r.policyVersion),
    records.map((r) => (r.expiresAtMs === null ? null : iso(r.expiresAtMs))),
    records.map((r) => r.source),
    records.map((r) => r.properties),
    records.map((r) => r.offset),
  ];
}

const toPositions = (rows: readonly Row[]): Positions =>
  new Map(rows.flatMap((r) => (r.what === 'position' ? [[Number(r.id), Number(r.reached)] as const] : [])));

function toTold(rows: readonly Row[]): Told {
  const news: ConsentRecord[] = [];
  const said = { user: new Map<string, ConsentRecord[]>(), device: new Map<string, ConsentRecord[]>() };
  for (const row of rows) {
    if (row.what === 'position') continue;
    const record = toRecord(row);
    if (row.what === 'news') news.push(record);
    else {
      const id = row.id ?? '';
      const records = said[row.what].get(id);
      if (records === undefined) said[row.what].set(id, [record]);
      else records.push(record);
    }
  }
  return {
    positions: toPositions(rows),
    news: news.length > MAX_NEWS ? null : news,
    users: said.user,
    devices: said.device,
  };
}

const toRecord = (row: Row): ConsentRecord => ({
  eventId: row.event_id,
  userId: row.user_id,
  anonymousId: row.anonymous_id,
  eventTimeMs: row.event_at.getTime(),
  receivedMs: row.received_at.getTime(),
  choices: choicesOf(row.categories),
  jurisdiction: row.jurisdiction,
  expiresAtMs: row.expires_at === null ? null : row.expires_at.getTime(),
});

/** Postgres' messages may quote values, so only its codes are passed on. */
function unavailable(error: unknown): StreamError {
  const { code } = error as { code?: unknown };
  const name = typeof code === 'string' ? code : 'no code';
  return new StreamError('unavailable', `Postgres does not answer for consent (${name})`, {
    cause: error,
    retriable: true,
  });
}
