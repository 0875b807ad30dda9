import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Receipt } from '@fineprint/privacy';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const WITHIN_MS = 60_000;
const EVENTS = 8;

interface Request {
  readonly id: string;
  readonly state: string;
  readonly archive: { readonly rows: number } | null;
  readonly receipt: Receipt | null;
}

async function fineprint<T>(context: MissionContext, ...args: string[]): Promise<T> {
  const { code, out, err } = await context.command('privacy', ...args, '--json');
  if (code !== 0) throw new Error(`fineprint privacy ${args.join(' ')}: ${err}`);
  return JSON.parse(out) as T;
}

/** The id in every form that stores may hold: as it is, and its pseudonym. */
async function formsOf(context: MissionContext, user: string): Promise<string[]> {
  const found = await fineprint<Record<string, string>>(context, 'resolve', '--user-id', user);
  return [user, ...Object.values(found)];
}

const rowsOf = async ({ sql }: MissionContext, users: readonly string[]) =>
  (
    await sql<{ n: number }>(
      'SELECT toInt32(count()) AS n FROM fineprint.product_events WHERE user_id IN {users:Array(String)}',
      { users },
    )
  )[0]?.n ?? 0;

const inPostgres = async ({ postgres }: MissionContext, users: readonly string[]) =>
  (
    await postgres<{ n: number }>(
      `SELECT count(*)::integer AS n FROM fineprint.analytics_events AS e JOIN fineprint.users AS u ON u.id = e.user_id
       WHERE u.external_id = ANY($1)`,
      [users],
    )
  )[0]?.n ?? 0;

async function checkArchive(context: MissionContext, user: string, note: readonly string[]): Promise<number> {
  const dir = mkdtempSync(path.join(tmpdir(), 'rights-'));
  try {
    const file = path.join(dir, 'archive.tar.gz');
    const made = await fineprint<Request>(context, 'export', '--user-id', user, ...note, '--out', file);
    const text = gunzipSync(readFileSync(file)).toString();
    const lines = text.split('\n').filter((line) => line.includes(`"event_name":"${context.run} kept"`));
    // Once of ClickHouse, once of Postgres, and where there is a Snowflake once of that as far as it has them by now.
    same('events in the archive', lines.length >= 2 * EVENTS && lines.length <= 3 * EVENTS, true);
    same('the manifest names the user', text.includes(JSON.stringify(user)), true);
    return made.archive?.rows ?? 0;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Of the stages that an erasure writes or waits for. Forwarders are set to the end of their topics by the rows that try them. */
async function checkBooks({ command, eventually }: MissionContext): Promise<void> {
  await eventually(WITHIN_MS, async () => {
    const { out } = await command('audit', '--since', '30m', '--json');
    const { findings } = JSON.parse(out) as {
      findings: { severity: string; code: string; stage: string; table: string | null }[];
    };
    const gaps = findings.filter((f) => f.severity === 'gap' && !f.stage.startsWith('forwarder-'));
    same(
      'gaps in the books',
      gaps.map((f) => `${f.stage} ${f.code} ${f.table ?? ''}`),
      [],
    );
  });
}

export const rights: MissionRow = {
  row: 20,
  name: 'Rights: access and erasure',
  async check(context) {
    const { run, post, eventually } = context;
    const user = `${run}-r20`;
    const events = Array.from({ length: EVENTS }, (_, n) => ({
      ...{ event_id: randomUUID(), event_name: `${run} kept`, user_id: user, anonymous_id: `${user}-device` },
      properties: { n },
    }));
    same('POST events', (await post('/api/v1/product/events/batch', events)).status, 202);
    const forms = await eventually(WITHIN_MS, async () => {
      const found = await formsOf(context, user);
      same('rows stored', [await rowsOf(context, found), await inPostgres(context, found)], [EVENTS, EVENTS]);
      return found;
    });
    const note = ['--note', 'a trial'];
    const archived = await checkArchive(context, user, note);
    const startedMs = Date.now();
    const { id, receipt } = await fineprint<Request>(context, 'erase', '--user-id', user, ...note);
    const tookS = ((Date.now() - startedMs) / 1_000).toFixed(1);
    same('rows left', [await rowsOf(context, forms), await inPostgres(context, forms)], [0, 0]);
    const removed = receipt?.removed.find((r) => r.store === 'clickhouse' && r.table === 'product_events');
    same('rows that the receipt says were removed', removed?.rows, EVENTS);
    const { valid } = await fineprint<{ valid: boolean }>(context, 'receipt', id);
    same('the receipt’s signature holds', valid, true);
    same(
      'a repeat of an event',
      (
        await post(
          '/api/v1/product/events/batch',
          events.map((e) => ({
            ...e,
            event_id: randomUUID(),
            timestamp: new Date(startedMs - 1_000).toISOString(),
          })),
        )
      ).status,
      202,
    );
    const again = await fineprint<Request>(context, 'erase', '--user-id', user, ...note);
    same('rows found by a second erasure', again.receipt?.removed ?? [], []);
    await checkBooks(context);
    return `an archive of ${archived} rows with every event; an erasure in ${tookS} s that removed ${receipt?.removed.map((r) => `${r.rows} of ${r.store}/${r.table}`).join(', ')}; nothing of the user in any store afterwards, nothing came back, a second erasure found nothing, the receipt is signed, and the books balance`;
  },
};
