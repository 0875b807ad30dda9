import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FIRST_PREV_HASH, hashOf } from '@fineprint/audit-log';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { deleteKey, type MadeKey, makeKey, postKey, revokeKey } from './keys.ts';

const ANCHORED_WITHIN_MS = 90_000;

/** A line of `audit-log list --all`. */
interface Line {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly object: string | null;
  readonly subject: string | null;
  readonly outcome: 'allowed' | 'denied' | 'failed';
  readonly code: string | null;
  readonly request_id: string;
  readonly prev_hash: string;
  readonly hash: string;
}

interface Verdict {
  /** Of a copy. */
  readonly file?: string;
  readonly whole: boolean;
  readonly entries: number;
  readonly anchored_to: number | null;
  readonly broken: { readonly seq: number; readonly flaw: string } | null;
}

/** A verdict on the log itself, or on each copy of it. */
async function verify(context: MissionContext, ...files: string[]): Promise<readonly Verdict[]> {
  const options = files.length === 0 ? [] : ['--file', ...files];
  const { code, out, err } = await context.command('audit-log', 'verify', '--json', ...options);
  if (out === '') throw new Error(`audit-log verify: ${err}`);
  const verdicts = [JSON.parse(out)].flat() as Verdict[];
  same('the exit code', code, verdicts.every(({ whole }) => whole) ? 0 : 1);
  return verdicts;
}

const rehashed = (line: Line): Line => ({
  ...line,
  hash: hashOf({ ...line, requestId: line.request_id, prevHash: line.prev_hash }),
});

/** The chain as somebody would make it anew who can write to Postgres. */
function madeAnew(lines: readonly Line[], from: number): Line[] {
  let prev_hash = FIRST_PREV_HASH;
  return lines.map((line) => {
    const own =
      line.seq < from
        ? line
        : rehashed({ ...line, prev_hash, ...(line.seq === from ? { actor: 'nobody' } : {}) });
    prev_hash = own.hash;
    return own;
  });
}

/** Every way of changing a copy is told, by the first entry that is not as it was written. */
async function checkTampering(context: MissionContext, lines: readonly Line[], own: Line, folder: string) {
  const i = lines.findIndex(({ seq }) => seq === own.seq);
  const next = lines[i + 1];
  if (next === undefined) throw new Error('nothing was written after it');
  const ways: readonly (readonly [string, readonly Line[], readonly [number, string] | null])[] = [
    ['as it is', lines, null],
    ['changed', lines.with(i, { ...own, object: 'other' }), [own.seq, 'changed']],
    ['changed, with its hash', lines.with(i, rehashed({ ...own, object: 'other' })), [next.seq, 'unlinked']],
    ['removed', lines.toSpliced(i, 1), [own.seq, 'removed']],
    ['put in', lines.toSpliced(i + 1, 0, rehashed({ ...own, actor: 'nobody' })), [own.seq, 'moved']],
    ['in another order', lines.with(i, next).with(i + 1, own), [own.seq, 'removed']],
    ['made anew', madeAnew(lines, own.seq), [-1, 'rewritten']],
    ['cut off', lines.slice(0, i), [own.seq, 'cut_off']],
  ];
  const files = ways.map((_, way) => path.join(folder, `${way}.jsonl`));
  for (const [way, [, tampered]] of ways.entries())
    await writeFile(files[way] ?? '', tampered.map((line) => JSON.stringify(line)).join('\n'));
  const verdicts = await verify(context, ...files);
  for (const [way, [what, , expected]] of ways.entries()) {
    const broken = verdicts[way]?.broken;
    same(`${what}: the flaw`, broken?.flaw, expected?.[1]);
    if (expected !== null && expected[0] > 0) same(`${what}: the entry`, broken?.seq, expected[0]);
  }
  return ways.length - 1;
}

async function check(context: MissionContext, officer: MadeKey, folder: string): Promise<string> {
  const { run, queryUrl } = context;
  const user = `${run}-somebody`;
  const ask = (route: string, key: string) =>
    fetch(queryUrl + route, { headers: { authorization: `Bearer ${key}` } });
  // A person is looked up, and somebody tries what is not theirs; a key was made by command before.
  await context.get(`/api/v1/product/funnel/${run}/progress?user_id=${user}`);
  same('what is not theirs', (await ask(`/api/v1/exports/${run}`, officer.key)).status, 403);

  const listed = await ask(`/api/v1/audit-log?user_id=${user}&limit=10`, officer.key);
  same('GET /api/v1/audit-log', listed.status, 200);
  const { entries } = (await listed.json()) as { entries: Line[] };
  same(
    'entries about a person',
    entries.filter(({ action }) => action === 'product.funnel-progress').map((e) => [e.object, e.outcome]),
    [
      [run, 'failed'],
      [run, 'allowed'],
    ],
  );
  const last = entries[0]?.seq ?? 0;
  await context.command('jobs', 'run', 'audit-anchor');
  await context.eventually(ANCHORED_WITHIN_MS, async () => {
    const [row] = await context.sql<{ anchored: number }>(
      'SELECT toFloat64(max(seq)) AS anchored FROM fineprint.audit_anchors',
    );
    same('anchored in ClickHouse', (row?.anchored ?? 0) >= last, true);
  });
  for (const statement of ['UPDATE fineprint.audit_log SET actor = actor', 'DELETE FROM fineprint.audit_log'])
    same(
      statement,
      await context.postgres(statement, []).then(
        () => 'done',
        (error: Error) => error.message,
      ),
      'the audit log is append-only',
    );
  const { out } = await context.command('audit-log', 'list', '--all');
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  same('the person by name', out.includes(user), false);
  const own = lines.find(({ action, object }) => action === 'cli keys create' && object === `${run}-auditor`);
  if (own?.outcome !== 'allowed') throw new Error('the command is not in the log');
  const denied = lines.some(
    (e) => e.action === 'exports.stream' && e.object === run && e.outcome === 'denied',
  );
  same('the refused export', denied, true);
  const [verdict] = await verify(context);
  same('whole', verdict?.broken, null);
  same('anchored', (verdict?.anchored_to ?? 0) >= last, true);
  const ways = await checkTampering(context, lines, own, folder);
  return `a person's figures, a refused export and a key made by command are in the log before their answers, the person as a keyed hash only; ${verdict?.entries} entries are whole and anchored up to ${verdict?.anchored_to}; UPDATE and DELETE are refused; ${ways} ways of tampering with a copy are each told by the first broken entry, a rewritten or cut-off chain by its anchors`;
}

export const auditTrail: MissionRow = {
  row: 22,
  name: 'Audit trail',
  async check(context) {
    const folder = await mkdtemp(path.join(tmpdir(), 'fineprint-audit-'));
    const admin = await makeKey(context, `${context.run}-auditor`, '--role', 'admin', '--expires', '1d');
    try {
      const officer = await postKey(context, admin, {
        kind: 'api',
        name: `${context.run}-officer`,
        role: 'privacy_officer',
      });
      try {
        return await check(context, officer, folder);
      } finally {
        await deleteKey(context, admin, officer.id);
      }
    } finally {
      await revokeKey(context, admin);
      await rm(folder, { recursive: true });
    }
  },
};
