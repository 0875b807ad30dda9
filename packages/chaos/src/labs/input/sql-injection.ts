import { type ApiDocument, type QueryAttack, queryAttacks, SQL_TEXTS } from '../../attacks/query-attacks.ts';
import type { Lab, LabContext } from '../../lab.ts';
import { ask, newEvent, post, storedRows } from './send.ts';
import { withPostgres } from './with-postgres.ts';

const MAX_ATTACKS = 500;
const LANES = 6;
/** A query that slept would take longer, and so would one that read everything. */
const SLOW_MS = 40_000;

export const sqlInjection: Lab = {
  name: 'sql-injection',
  title:
    'SQL, wrong types and huge ranges in every parameter and body of the query API; SQL as names and ids of events',
  kind: 'input',
  passes:
    'no answer is 5xx or slow; tables, keys and definitions are as before; events keep the text as text',
  takesMs: 120_000,
  weight: 0,
  async run(context) {
    const { fleet, target, random, fault, check, figure } = context;
    const { url } = fleet.one('query-api');
    const document = JSON.parse((await ask(`${url}/openapi.json`, {})).text) as ApiDocument;
    const before = await inventory(context);
    const attacks = random.shuffled([...queryAttacks(document)]).slice(0, MAX_ATTACKS);
    const wrong: string[] = [];
    const lane = async (own: readonly QueryAttack[]) => {
      for (const attack of own) {
        const startedMs = performance.now();
        const problem = await attackOnce(url, target.apiKey, attack);
        const tookMs = performance.now() - startedMs;
        if (problem !== null) wrong.push(`${attack.name}: ${problem}`);
        else if (tookMs > SLOW_MS) wrong.push(`${attack.name}: ${Math.round(tookMs)} ms`);
      }
    };
    await fault(`${attacks.length} hostile questions`, () =>
      Promise.all(Array.from({ length: LANES }, (_, i) => lane(attacks.filter((_a, n) => n % LANES === i)))),
    );
    check('none is answered with 5xx, or slowly', wrong.length === 0, wrong.slice(0, 5).join(' | '));
    figure('attacks', attacks.length);

    const events = SQL_TEXTS.map((text) => newEvent(context, { event_name: text, user_id: text }));
    const sent = await post(context, { body: JSON.stringify(events) });
    check(
      'SQL as names of events is taken as text',
      sent.accepted.length === events.length,
      `${sent.status}`,
    );
    const ids = events.map((e) => e.event_id);
    const rows = await storedRows<{ id: string; name: string }>(
      context,
      'product',
      ids,
      'event_name AS name',
    );
    const kept = new Set(rows.map((row) => row.name));
    const lost = SQL_TEXTS.filter((text) => !kept.has(text));
    check('and stands in the store as it came', lost.length === 0, lost.join(' | '));
    const after = await inventory(context);
    check(
      'tables, keys and definitions are as before',
      after === before,
      after === before ? '' : `${before} → ${after}`,
    );
  },
};

/** What is wrong with the answer; null where it is as it should be. A definition that looks right is only tried. */
async function attackOnce(
  url: string,
  apiKey: string,
  { method, path, body }: QueryAttack,
): Promise<string | null> {
  const address =
    body === undefined || method !== 'PUT' || path.includes('?') ? path : `${path}?dry_run=true`;
  const answer = await ask(url + address, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  return answer.status >= 500 ? `${answer.status} ${answer.text.slice(0, 200)}` : null;
}

/** What an attack would change. Rows that the load adds are left out. */
async function inventory({ target }: LabContext): Promise<string> {
  const [clickhouse] = await target.sql<{ tables: string }>(
    `SELECT toString(groupArray(name)) AS tables FROM (SELECT name FROM system.tables WHERE database = 'fineprint' ORDER BY name)`,
  );
  const postgres = await withPostgres(target, async (client) => {
    const { rows } = await client.query<{ text: string }>(
      `SELECT concat_ws(' ',
         (SELECT string_agg(table_name, ',' ORDER BY table_name) FROM information_schema.tables WHERE table_schema = 'fineprint'),
         (SELECT count(*) FROM fineprint.write_keys WHERE revoked_at IS NULL),
         (SELECT count(*) FROM fineprint.api_keys WHERE revoked_at IS NULL),
         (SELECT count(*) FROM fineprint.definitions),
         (SELECT count(*) FROM fineprint.experiments)) AS text`,
    );
    return rows[0]?.text;
  });
  return `${clickhouse?.tables} ${postgres}`;
}
