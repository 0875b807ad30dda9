import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuditLog } from './audit-log.ts';
import type { Act, Entry } from './entry.ts';
import { readChain, readEntries, readHead } from './read-entries.ts';
import { type Anchor, verifyChain } from './verify.ts';

vi.setConfig({ testTimeout: 120_000 });
/** A database of its own: these tests break the chain. */
const DATABASE = `audit_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
const ENTRIES = 12;
let admin: Client;
let pool: Pool;
let databaseUrl: string;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  admin = new Client({ connectionString: endpoints.databaseUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${DATABASE}`);
  const url = new URL(endpoints.databaseUrl);
  url.pathname = `/${DATABASE}`;
  databaseUrl = url.href;
  await migratePostgres(databaseUrl);
  pool = new Pool({ connectionString: databaseUrl, max: 4 });
});
afterAll(async () => {
  await pool.end();
  // Not by force: a pool's connections are on their way out for a moment yet, and one that is cut off then is an error.
  await vi.waitFor(() => admin.query(`DROP DATABASE ${DATABASE}`), { timeout: 30_000, interval: 100 });
  await admin.end();
});

const act = (i: number, more: Partial<Act> = {}): Act => ({
  actor: 'api_key:6f1c',
  role: 'admin',
  action: 'keys.create',
  object: i % 3 === 0 ? null : `kéy ${i} "' \\ 🔑`,
  subject: null,
  outcome: 'allowed',
  code: null,
  requestId: `r-${i}`,
  ...more,
});

/** What nobody but the owner of the database can do, and not by chance. */
async function asOwner(...statements: string[]): Promise<void> {
  await pool.query('ALTER TABLE fineprint.audit_log DISABLE TRIGGER audit_log_append_only');
  for (const statement of statements) await pool.query(statement);
  await pool.query('ALTER TABLE fineprint.audit_log ENABLE ALWAYS TRIGGER audit_log_append_only');
}
const flawWith = async (anchors: readonly Anchor[] = []) => {
  const { broken } = await verifyChain(readChain(pool), anchors);
  return broken === null ? null : [broken.seq, broken.flaw];
};
async function writeChain(acts: readonly Act[]): Promise<void> {
  const log = createAuditLog(pool);
  for (const one of acts) await log.append(one);
}
const CHAIN = Array.from({ length: ENTRIES }, (_, i) => act(i));

describe('the log', () => {
  beforeEach(() => asOwner('TRUNCATE fineprint.audit_log'));

  it('is one chain, whoever writes: three processes at once, each in its order', async () => {
    const writers = Array.from({ length: 3 }, () => new Pool({ connectionString: databaseUrl, max: 2 }));
    await Promise.all(
      writers.map(async (own, w) => {
        const log = createAuditLog(own);
        const acts = Array.from({ length: 100 }, (_, i) =>
          act(i, { actor: `writer-${w}`, requestId: String(i) }),
        );
        await Promise.all(acts.map((one) => log.append(one)));
      }),
    );
    await Promise.all(writers.map((own) => own.end()));
    const entries: Entry[] = [];
    for await (const entry of readChain(pool)) entries.push(entry);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    for (let w = 0; w < 3; w++) {
      const own = entries
        .filter(({ actor }) => actor === `writer-${w}`)
        .map(({ requestId }) => Number(requestId));
      expect(own).toEqual(Array.from({ length: 100 }, (_, i) => i));
    }
    expect(await verifyChain(entries, [])).toMatchObject({ entries: 300, broken: null });
  });

  it('has the hashes that this program computes, whatever is written', async () => {
    await writeChain([
      ...CHAIN,
      act(0, { subject: 'a'.repeat(32), outcome: 'denied', code: 'forbidden', object: 'x\u0000y\n' }),
    ]);
    expect(await flawWith()).toBeNull();
    const [newest] = await readEntries(pool, { limit: 1 });
    expect(newest).toMatchObject({ seq: 13, outcome: 'denied', object: 'x�y�', subject: 'a'.repeat(32) });
    expect(await readHead(pool)).toEqual({ seq: 13, hash: newest?.hash });
    expect(
      (await readEntries(pool, { limit: 10, outcome: 'allowed', before: 5 })).map(({ seq }) => seq),
    ).toEqual([4, 3, 2, 1]);
    expect(await readEntries(pool, { limit: 10, object: "' OR 1=1 --" })).toEqual([]);
  });

  it.each([
    'UPDATE fineprint.audit_log SET actor = actor',
    'DELETE FROM fineprint.audit_log WHERE seq = 1',
    'TRUNCATE fineprint.audit_log',
    'SET session_replication_role = replica; DELETE FROM fineprint.audit_log',
  ])('refuses %s, whoever asks', async (statement) => {
    await writeChain([act(0)]);
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    await expect(client.query(statement)).rejects.toThrow('append-only');
    await client.end();
    expect(await flawWith()).toBeNull();
  });

  it("gives an account of the services' own nothing but to append and to read", async () => {
    const role = `${DATABASE}_service`;
    await pool.query(`CREATE ROLE ${role} NOLOGIN`);
    await pool.query(`GRANT USAGE ON SCHEMA fineprint TO ${role}`);
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(`SET ROLE ${role}`);
    await expect(createAuditLog(client).append(act(0))).rejects.toThrow('permission denied');
    await pool.query(`GRANT SELECT ON fineprint.audit_log TO ${role}`);
    await pool.query(`GRANT EXECUTE ON FUNCTION fineprint.append_audit(jsonb) TO ${role}`);
    await createAuditLog(client).append(act(1));
    expect((await readEntries(client, { limit: 9 })).length).toBe(1);
    for (const statement of [
      `INSERT INTO fineprint.audit_log SELECT 2, at, actor, role, action, object, subject, outcome, code, request_id, hash, hash FROM fineprint.audit_log`,
      'UPDATE fineprint.audit_log SET seq = 2',
      'DELETE FROM fineprint.audit_log',
      'TRUNCATE fineprint.audit_log',
      'ALTER TABLE fineprint.audit_log DISABLE TRIGGER ALL',
      'DROP TABLE fineprint.audit_log',
    ])
      await expect(client.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
    await client.end();
    await pool.query(`DROP OWNED BY ${role}`);
    await pool.query(`DROP ROLE ${role}`);
  });
});

describe('verifying', () => {
  beforeEach(async () => {
    await asOwner('TRUNCATE fineprint.audit_log');
    await writeChain(CHAIN);
  });
  const rest = 'role, action, object, subject, outcome, code, request_id';

  it.each<[string, string[], readonly [number, string]]>([
    ['a changed row', ["UPDATE fineprint.audit_log SET actor = 'nobody' WHERE seq = 5"], [5, 'changed']],
    [
      'a changed time',
      ["UPDATE fineprint.audit_log SET at = at + interval '1 ms' WHERE seq = 5"],
      [5, 'changed'],
    ],
    ['a removed row', ['DELETE FROM fineprint.audit_log WHERE seq = 5'], [5, 'removed']],
    ['a removed first row', ['DELETE FROM fineprint.audit_log WHERE seq = 1'], [1, 'removed']],
    [
      'a removed row, closed up',
      [
        'DELETE FROM fineprint.audit_log WHERE seq = 5',
        'UPDATE fineprint.audit_log SET seq = -seq WHERE seq > 5',
        'UPDATE fineprint.audit_log SET seq = -seq - 1 WHERE seq < 0',
      ],
      [5, 'changed'],
    ],
    [
      'an inserted row',
      [
        'UPDATE fineprint.audit_log SET seq = -seq WHERE seq >= 5',
        'UPDATE fineprint.audit_log SET seq = -seq + 1 WHERE seq < 0',
        `INSERT INTO fineprint.audit_log SELECT 5, at, 'nobody', ${rest}, prev_hash, hash FROM fineprint.audit_log WHERE seq = 4`,
      ],
      [5, 'changed'],
    ],
    [
      'two rows that changed places',
      [
        'UPDATE fineprint.audit_log SET seq = -1 WHERE seq = 5',
        'UPDATE fineprint.audit_log SET seq = 5 WHERE seq = 6',
        'UPDATE fineprint.audit_log SET seq = 6 WHERE seq = -1',
      ],
      [5, 'changed'],
    ],
  ])('names %s', async (_, statements, expected) => {
    expect(await flawWith()).toBeNull();
    // Whoever does such things drops the check first.
    await asOwner(
      'ALTER TABLE fineprint.audit_log DROP CONSTRAINT IF EXISTS audit_log_seq_check',
      ...statements,
    );
    expect(await flawWith()).toEqual(expected);
  });

  it('tells a chain that was made anew, and one whose end is gone, by what was published of it', async () => {
    const [published] = await readEntries(pool, { limit: 1, before: 9 });
    if (published === undefined) throw new Error('no entry');
    const anchors = [{ seq: published.seq, hash: published.hash, at: published.at }];
    expect(await flawWith(anchors)).toBeNull();
    await asOwner('DELETE FROM fineprint.audit_log WHERE seq >= 7');
    expect(await flawWith()).toBeNull();
    expect(await flawWith(anchors)).toEqual([7, 'cut_off']);
    await writeChain([act(6, { actor: 'nobody' }), ...CHAIN.slice(7)]);
    expect(await flawWith()).toBeNull();
    expect(await flawWith(anchors)).toEqual([8, 'rewritten']);
  });
});
