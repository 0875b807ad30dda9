import { type ApiDocument, type QueryAttack, queryAttacks, SQL_TEXTS } from '../../attacks/query-attacks.ts';
import type { Lab, LabContext } from '../../lab.ts';
import { ask, newEvent, post, storedRows } from './send.ts';
import { withPostgres } from './with-postgres.ts';

const MAX_ATTACKS = 300;
const LANES = 4;
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
    const slow: QueryAttack[] = [];
    const lane = async (own: readonly QueryAttack[]) => {
      for (const attack of own) {
        const outcome = await attackOnce(url, target.apiKey, attack);
        if (outcome.slow) slow.push(attack);
        else if (outcome.problem !== null) wrong.push(`${attack.name}: ${outcome.problem}`);
      }
    };
    await fault(`${attacks.length} hostile questions`, async () => {
      await Promise.all(
        Array.from({ length: LANES }, (_, i) => lane(attacks.filter((_a, n) => n % LANES === i))),
      );
      // SQL that sleeps or reads everything is slow every time; a machine with much else to do is not.
      for (const attack of slow) {
        const again = await attackOnce(url, target.apiKey, attack);
        if (again.problem !== null) wrong.push(`${attack.name}, asked twice: ${again.problem}`);
      }
    });
    figure('asked_twice', slow.length);
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

interface Outcome {
  /** What is wrong with the answer; null where it is as it should be. */
  readonly problem: string | null;
  /** It ran into the time limit, or took long: the question's fault, or the machine's. */
  readonly slow: boolean;
}

/** A definition that looks right is only tried. */
async function attackOnce(
  url: string,
  apiKey: string,
  { method, path, body }: QueryAttack,
): Promise<Outcome> {
  const address =
    body === undefined || method !== 'PUT' || path.includes('?') ? path : `${path}?dry_run=true`;
  const startedMs = performance.now();
  const answer = await ask(url + address, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const tookMs = performance.now() - startedMs;
  if (answer.status >= 500)
    return { problem: `${answer.status} ${answer.text.slice(0, 200)}`, slow: answer.status === 504 };
  if (tookMs > SLOW_MS) return { problem: `${Math.round(tookMs)} ms`, slow: true };
  return { problem: null, slow: false };
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
