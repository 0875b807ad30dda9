import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FIRST_PREV_HASH, hashOf } from '@fineprint/audit-log';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { type MadeKey, makeKey, revokeKey } from './keys.ts';

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
  readonly whole: boolean;
  readonly entries: number;
  readonly anchored_to: number | null;
  readonly broken: { readonly seq: number; readonly flaw: string } | null;
}

async function verify(context: MissionContext, ...options: string[]): Promise<Verdict> {
  const { code, out, err } = await context.command('audit-log', 'verify', ...options, '--json');
  if (out === '') throw new Error(`audit-log verify: ${err}`);
  const verdict = JSON.parse(out) as Verdict;
  same('the exit code', code, verdict.whole ? 0 : 1);
  return verdict;
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
async function checkTampering(context: MissionContext, lines: readonly Line[], own: Line, file: string) {
  const i = lines.findIndex(({ seq }) => seq === own.seq);
  const next = lines[i + 1];
  if (next === undefined) throw new Error('nothing was written after it');
  const cases: readonly (readonly [string, readonly Line[], readonly [number, string]])[] = [
    ['changed', lines.with(i, { ...own, object: 'other' }), [own.seq, 'changed']],
    ['changed, with its hash', lines.with(i, rehashed({ ...own, object: 'other' })), [next.seq, 'unlinked']],
    ['removed', lines.toSpliced(i, 1), [own.seq, 'removed']],
    ['put in', lines.toSpliced(i + 1, 0, rehashed({ ...own, actor: 'nobody' })), [own.seq, 'moved']],
    ['in another order', lines.with(i, next).with(i + 1, own), [own.seq, 'removed']],
    ['made anew', madeAnew(lines, own.seq), [-1, 'rewritten']],
  ];
  for (const [what, tampered, [seq, flaw]] of cases) {
    await writeFile(file, tampered.map((line) => JSON.stringify(line)).join('\n'));
    const { broken } = await verify(context, '--file', file);
    same(`${what}: the flaw`, broken?.flaw, flaw);
    if (seq > 0) same(`${what}: the entry`, broken?.seq, seq);
  }
  return cases.length;
}

async function check(context: MissionContext, officer: MadeKey, file: string): Promise<string> {
  const { run, queryUrl } = context;
  const user = `${run}-somebody`;
  const ask = (route: string, key: string) =>
    fetch(queryUrl + route, { headers: { authorization: `Bearer ${key}` } });
  // A person is looked up, an event is asked about, somebody tries what is not theirs, and a key is made and revoked by command.
  await context.get(`/api/v1/product/funnel/${run}/progress?user_id=${user}`);
  same('what is not theirs', (await ask(`/api/v1/exports/${run}`, officer.key)).status, 403);
  await revokeKey(context, await makeKey(context, `${run}-audited`, '--role', 'analyst'));

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
  const { out } = await context.command('audit-log', 'list', '--all');
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  same('the person by name', out.includes(user), false);
  const did = lines.filter(({ object }) => object?.startsWith(run)).map((l) => [l.action, l.outcome]);
  for (const [action, outcome] of [
    ['exports.stream', 'denied'],
    ['cli keys create', 'allowed'],
  ])
    same(
      `${action} ${outcome}`,
      did.some((d) => d[0] === action && d[1] === outcome),
      true,
    );

  const own = lines.find(({ action, object }) => action === 'cli keys create' && object === `${run}-audited`);
  if (own === undefined) throw new Error('the command is not in the log');
  same('whole', (await verify(context)).broken, null);
  await context.command('jobs', 'run', 'audit-anchor');
  const verdict = await context.eventually(ANCHORED_WITHIN_MS, async () => {
    const found = await verify(context);
    same('anchored', (found.anchored_to ?? 0) > own.seq, true);
    return found;
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
  const copy = (await context.command('audit-log', 'list', '--all')).out;
  const all = copy
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const ways = await checkTampering(context, all, own, file);
  return `a person's figures, a refused export and a key made by command are in the log before their answers, the person as a keyed hash only; ${verdict.entries} entries are whole and anchored in ClickHouse up to ${verdict.anchored_to}; UPDATE and DELETE are refused; ${ways} ways of tampering with a copy are each told by the first broken entry, the rewritten chain by its anchor`;
}

export const auditTrail: MissionRow = {
  row: 22,
  name: 'Audit trail',
  async check(context) {
    const folder = await mkdtemp(path.join(tmpdir(), 'fineprint-audit-'));
    const officer = await makeKey(context, `${context.run}-officer`, '--role', 'privacy_officer');
    try {
      return await check(context, officer, path.join(folder, 'log.jsonl'));
    } finally {
      await revokeKey(context, officer);
      await rm(folder, { recursive: true });
    }
  },
};
