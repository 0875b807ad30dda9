import { randomUUID } from 'node:crypto';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const VISIBLE_WITHIN_MS = 60_000;
const EVENTS = 300;
const REQUESTS = 24;
/** What the document's columns cannot hold: of a request's name more than 100 characters, and no latency at all. */
const UNSTORABLE = 2;

/** The product document's columns, types and rules, as Postgres tells them. */
const DOCUMENT: Readonly<Record<string, readonly string[]>> = {
  analytics_events: [
    'id uuid NOT NULL',
    'user_id uuid',
    'event_name character varying(100) NOT NULL',
    "properties jsonb DEFAULT '{}'::jsonb",
    "context jsonb DEFAULT '{}'::jsonb",
    'created_at timestamp with time zone DEFAULT now()',
    'FOREIGN KEY (user_id) REFERENCES users(id)',
    'PRIMARY KEY (id)',
  ],
  ai_model_requests: [
    'id uuid NOT NULL',
    'model_name character varying(100) NOT NULL',
    'model_version character varying(50) NOT NULL',
    'user_id uuid',
    'session_id character varying(255)',
    'input_tokens integer NOT NULL',
    'output_tokens integer NOT NULL',
    'total_tokens integer NOT NULL',
    'latency_ms integer NOT NULL',
    'success boolean NOT NULL',
    'error_type character varying(100)',
    'confidence_score numeric(3,2)',
    'cost_estimate numeric(10,4)',
    '"timestamp" timestamp with time zone DEFAULT now()',
    'FOREIGN KEY (user_id) REFERENCES users(id)',
    'PRIMARY KEY (id)',
  ],
  funnel_steps: [
    'id uuid NOT NULL',
    'funnel_name character varying(100) NOT NULL',
    'step_name character varying(100) NOT NULL',
    'step_order integer NOT NULL',
    'created_at timestamp with time zone NOT NULL DEFAULT now()',
    'FOREIGN KEY (user_id) REFERENCES users(id)',
    'PRIMARY KEY (id)',
    'UNIQUE (user_id, funnel_name, step_name)',
  ],
  user_segments: [
    'id uuid NOT NULL',
    'name character varying(200) NOT NULL',
    'description text',
    'criteria jsonb NOT NULL',
    'user_count integer DEFAULT 0',
    'avg_lifetime_value numeric(10,2) DEFAULT 0',
    'conversion_rate numeric(5,4) DEFAULT 0',
    'churn_rate numeric(5,4) DEFAULT 0',
    'created_at timestamp with time zone DEFAULT now()',
    'updated_at timestamp with time zone DEFAULT now()',
    'PRIMARY KEY (id)',
  ],
};

async function agreeOnTables({ postgres }: MissionContext): Promise<void> {
  for (const [table, expected] of Object.entries(DOCUMENT)) {
    const rows = await postgres<{ text: string }>(
      `SELECT quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
         || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
         || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') AS text
       FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
       WHERE attrelid = ('fineprint.' || $1)::regclass AND attnum > 0 AND NOT attisdropped
       UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ('fineprint.' || $1)::regclass`,
      [table],
    );
    // A default that makes ids is more than the document asks for, and names may come with their schema.
    const plain = (text: string) =>
      text.replace(' DEFAULT gen_random_uuid()', '').replace(' fineprint.', ' ');
    const found = new Set(rows.map((r) => plain(r.text)));
    same(
      `${table} lacks`,
      expected.filter((text) => !found.has(text)),
      [],
    );
  }
}

interface Sent {
  readonly events: readonly Record<string, unknown>[];
  readonly requests: readonly Record<string, unknown>[];
}

function makeEvents(run: string, startMs: number): Sent {
  const userIds = [`${run}-ünï`, randomUUID(), `${run}-b`];
  const timeOf = (i: number) => new Date(startMs + i).toISOString();
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    event_id: randomUUID(),
    event_name: `${run} ${i % 3}`,
    ...(i % 5 === 0 ? { anonymous_id: `${run}-device` } : { user_id: userIds[i % userIds.length] }),
    event_time: timeOf(i),
    properties: { run, i, price: i / 8, text: i % 7 === 0 ? 'ünï 😀 \\ "' : 'plain' },
  }));
  const requests = Array.from({ length: REQUESTS }, (_, i) => ({
    event_id: randomUUID(),
    model_name: run,
    model_version: '1',
    user_id: userIds[i % userIds.length],
    input_tokens: i,
    output_tokens: 2 * i,
    latency_ms: 100 + i / 2,
    confidence_score: (i % 100) / 100,
    cost_estimate: i / 1_000,
    success: i % 4 > 0,
    event_time: timeOf(i),
  }));
  return { events, requests };
}

async function sendAll({ post }: MissionContext, { events, requests }: Sent): Promise<void> {
  const sent = await post('/api/v1/product/events/batch', events);
  same('POST events/batch', sent.status, 202);
  for (const request of requests)
    same('POST track-request', (await post('/api/v1/ai/track-request', request)).status, 202);
}

/** Every event is one row, with what was sent; and nothing else is. */
async function agreeOnRows({ run, postgres }: MissionContext, { events, requests }: Sent): Promise<void> {
  const rows = await postgres<{ text: string }>(
    `SELECT concat_ws('|', e.id, u.external_id, u.is_anonymous, e.event_name, e.properties ->> 'i', e.properties ->> 'price',
       e.properties ->> 'text', (extract(epoch FROM e.created_at) * 1000)::bigint) AS text
     FROM fineprint.analytics_events e JOIN fineprint.users u ON u.id = e.user_id WHERE e.properties ->> 'run' = $1`,
    [run],
  );
  const expected = events.map((e) => {
    const { i, price, text } = e['properties'] as { i: number; price: number; text: string };
    const [who, isAnonymous] = e['user_id'] === undefined ? [e['anonymous_id'], 't'] : [e['user_id'], 'f'];
    const atMs = Date.parse(String(e['event_time']));
    return [e['event_id'], who, isAnonymous, e['event_name'], i, price, text, atMs].join('|');
  });
  const found = new Set(rows.map((r) => r.text));
  const lacking = expected.filter((text) => !found.has(text));
  same('rows of analytics_events', [rows.length, lacking.slice(0, 3)], [expected.length, []]);
  const [sums] = await postgres<Record<string, string>>(
    `SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids, sum(input_tokens)::int AS input, sum(total_tokens)::int AS total,
       sum(latency_ms)::int AS latency, sum(confidence_score)::float8 AS confidence, sum(cost_estimate)::float8 AS cost,
       count(*) FILTER (WHERE success)::int AS successes
     FROM fineprint.ai_model_requests WHERE model_name = $1`,
    [run],
  );
  const sum = (of: (i: number) => number) => requests.reduce((total, _, i) => total + of(i), 0);
  same('ai_model_requests', sums, {
    n: REQUESTS,
    ids: REQUESTS,
    input: sum((i) => i),
    total: sum((i) => 3 * i),
    latency: sum((i) => Math.round(100 + i / 2)),
    confidence: sum((i) => i % 100) / 100,
    cost: sum((i) => i) / 1_000,
    successes: requests.filter((r) => r['success']).length,
  });
}

/** What has no place in the document's columns is a dead letter, by name, and its neighbours are stored. */
async function refuse(context: MissionContext): Promise<void> {
  const bad = [
    { model_name: 'x'.repeat(101), model_version: '1', input_tokens: 1, output_tokens: 1, latency_ms: 1 },
    { model_name: context.run, model_version: '1', input_tokens: 1, output_tokens: 1 },
  ];
  const ids: string[] = [];
  for (const request of bad) {
    const event_id = randomUUID();
    ids.push(event_id);
    const { status } = await context.post('/api/v1/ai/track-request', { ...request, event_id });
    same('POST track-request', status, 202);
  }
  await context.eventually(VISIBLE_WITHIN_MS, async () => {
    const notes = await context.sql<{ reason: string }>(
      `SELECT reason FROM fineprint.event_notes FINAL
       WHERE stage = 'postgres-loader' AND kind = 'dead_lettered' AND event_id IN {ids:Array(UUID)} ORDER BY reason`,
      { ids },
    );
    same(
      'dead letters of postgres-loader',
      notes.map((n) => n.reason),
      ['value_missing', 'value_too_long'],
    );
  });
}

async function agreeOnBooks(context: MissionContext): Promise<number> {
  const { out } = await context.command('audit', '--since', '1h', '--json');
  const { stages, findings } = JSON.parse(out) as {
    stages: { stage: string; topic: string; stored: number }[];
    findings: { stage: string; severity: string; message: string }[];
  };
  const gaps = findings.filter((f) => f.stage === 'postgres-loader' && f.severity === 'gap');
  same(
    'gaps of postgres-loader in the books',
    gaps.map((f) => f.message),
    [],
  );
  const own = stages.filter((s) => s.stage === 'postgres-loader');
  const stored = own.reduce((sum, s) => sum + s.stored, 0);
  if (stored < EVENTS + REQUESTS) throw new Error(`the books tell of ${stored} rows in Postgres only`);
  return stored;
}

export const postgresTables: MissionRow = {
  row: 11,
  name: 'Postgres',
  async check(context) {
    await agreeOnTables(context);
    const sent = makeEvents(context.run, Date.now() - 60_000);
    await sendAll(context, sent);
    await refuse(context);
    await context.eventually(VISIBLE_WITHIN_MS, () => agreeOnRows(context, sent));
    await sendAll(context, sent);
    const stored = await context.eventually(VISIBLE_WITHIN_MS, () => agreeOnBooks(context));
    await agreeOnRows(context, sent);
    return `the document’s four tables with their columns and constraints; ${EVENTS} events and ${REQUESTS} AI requests, all sent twice, are one row each with what was sent, behind users with UUIDs of their own and without; ${UNSTORABLE} that its columns cannot hold are dead letters by name; the audit compared ${stored} rows of Postgres with the ledger`;
  },
};
