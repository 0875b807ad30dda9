import { setTimeout as sleep } from 'node:timers/promises';
import type { OffsetRange } from '@fineprint/stream-runtime';
import type { Client } from 'pg';
import type { Diff } from './diff-types.ts';
import { ReplayError } from './errors.ts';
import type { ReplayState } from './state.ts';
import { checkedId, LIST } from './tables.ts';

/** One past the last record of a clean topic's partition when the replay was made. */
export interface CleanEnd {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A swap that was begun. While it stands here, the replacement table is whole and the live one may hold rows twice. */
export interface Swap {
  readonly table: string;
  readonly month: number;
}

export interface Promotion {
  readonly promotedAt: string;
  /** Rows that were changed or removed. */
  readonly replaced: number;
  /** How long the loader stood still in the run that finished it. */
  readonly pauseMs: number;
  readonly backupTables: readonly string[];
  readonly backupUntil: string;
}

export interface ReplayRecord {
  readonly id: string;
  readonly stage: string;
  readonly topics: readonly string[];
  readonly since: string;
  readonly until: string;
  readonly ranges: readonly OffsetRange[];
  readonly cleanEnds: readonly CleanEnd[];
  readonly codeFingerprint: string;
  readonly settingsFingerprint: string;
  readonly state: ReplayState;
  readonly diff: Diff | null;
  readonly swap: Swap | null;
  readonly promotion: Promotion | null;
  readonly error: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type NewReplay = Pick<
  ReplayRecord,
  | 'id'
  | 'stage'
  | 'topics'
  | 'since'
  | 'until'
  | 'ranges'
  | 'cleanEnds'
  | 'codeFingerprint'
  | 'settingsFingerprint'
>;

export async function insertReplay(db: Client, r: NewReplay): Promise<void> {
  await db.query(
    `INSERT INTO fineprint.replays (id, stage, topics, since, until, ranges, clean_ends, code_fingerprint, settings_fingerprint, state)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'building')`,
    [
      r.id,
      r.stage,
      r.topics,
      r.since,
      r.until,
      JSON.stringify(r.ranges),
      JSON.stringify(r.cleanEnds),
      r.codeFingerprint,
      r.settingsFingerprint,
    ],
  );
}

type Change = Partial<Pick<ReplayRecord, 'state' | 'diff' | 'swap' | 'promotion' | 'error'>>;

export async function updateReplay(db: Client, id: string, change: Change): Promise<void> {
  const json = new Set(['diff', 'swap', 'promotion']);
  const entries = Object.entries(change);
  const sets = entries.map(([name], i) => `${name} = $${i + 2}`).join(', ');
  const values = entries.map(([name, value]) =>
    json.has(name) && value !== null ? JSON.stringify(value) : value,
  );
  await db.query(`UPDATE fineprint.replays SET ${sets}, updated_at = now() WHERE id = $1`, [id, ...values]);
}

const COLUMNS = `id, stage, topics, since, until, ranges, clean_ends AS "cleanEnds", code_fingerprint AS "codeFingerprint",
  settings_fingerprint AS "settingsFingerprint", state, diff, swap, promotion, error, created_at AS "createdAt",
  updated_at AS "updatedAt"`;

type Row = { readonly [K in keyof ReplayRecord]: ReplayRecord[K] };

export async function readReplay(db: Client, id: string): Promise<ReplayRecord> {
  const { rows } = await db.query<Row>(`SELECT ${COLUMNS} FROM fineprint.replays WHERE id = $1`, [
    checkedId(id),
  ]);
  const [row] = rows;
  if (row === undefined) throw new ReplayError('REPLAY_UNKNOWN', `There is no replay ${id}.`, LIST);
  return isoTimes(row);
}

const MAX_LISTED = 100;

/** The newest first. */
export async function listReplays(db: Client): Promise<ReplayRecord[]> {
  const { rows } = await db.query<Row>(
    `SELECT ${COLUMNS} FROM fineprint.replays ORDER BY created_at DESC LIMIT ${MAX_LISTED}`,
  );
  return rows.map(isoTimes);
}

const iso = (time: string | Date) => new Date(time).toISOString();

function isoTimes(row: Row): ReplayRecord {
  return {
    ...row,
    since: iso(row.since),
    until: iso(row.until),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

/** Replays are worked on by one command at a time; the lock goes with its connection, so a killed command leaves none. */
const LOCK_SPACE = 7_251_010;
const LOCK_WAIT_MS = 5_000;
const LOCK_POLL_MS = 100;

export async function lockReplay(db: Client, id: string): Promise<void> {
  if (await lock(db, LOCK_SPACE, Number.parseInt(checkedId(id), 16) | 0)) return;
  throw new ReplayError('REPLAY_BUSY', `Another command works on replay ${id}.`, 'Wait until it is done.');
}

/** Only one promotion swaps rows at a time. */
export async function lockPromotions(db: Client): Promise<void> {
  if (await lock(db, LOCK_SPACE + 1, 0)) return;
  throw new ReplayError('REPLAY_BUSY', 'Another replay is being promoted.', 'Wait until it is done.');
}

/** Until the session ends. The lock of a command that was killed goes when Postgres has noticed. */
async function lock(db: Client, space: number, key: number): Promise<boolean> {
  for (const deadlineMs = Date.now() + LOCK_WAIT_MS; ; ) {
    const { rows } = await db.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [
      space,
      key,
    ]);
    if (rows[0]?.locked === true) return true;
    if (Date.now() > deadlineMs) return false;
    await sleep(LOCK_POLL_MS);
  }
}
