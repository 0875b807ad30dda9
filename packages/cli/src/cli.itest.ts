import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migratePostgres } from '@fineprint/migrations';
import { openStack } from '@fineprint/stack';
import { useTestStack } from '@fineprint/stack/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { services } from './services.ts';
import { withPostgres } from './with-postgres.ts';

const MAIN = path.join(import.meta.dirname, 'main.ts');
const testdata = (name: string) => path.join(import.meta.dirname, '..', 'testdata', name);
const STARTED = new Date().toISOString();

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const { commandEnv, dataDir, endpoints, ports } = useTestStack();
const env = {
  ...process.env,
  NO_COLOR: '1',
  ...commandEnv,
};

function fineprint(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { env, maxBuffer: 64 << 20, timeout: 60_000 },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err });
      },
    );
  });
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await fineprint(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
  return JSON.parse(out) as T;
}

/** Waits until a query answers what it has to, and then still answers that. */
async function expectCount(query: string, expected: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  let last: unknown;
  while (Date.now() < deadline) {
    last = (await json<{ n: number }>('sql', query)).n;
    if (last === expected) break;
    await sleep(300);
  }
  expect(last).toBe(expected);
}

/** All that was acknowledged has been read by every group. */
async function expectDrained(): Promise<void> {
  const deadline = Date.now() + 30_000;
  let lag = Number.POSITIVE_INFINITY;
  while (lag > 0 && Date.now() < deadline) {
    const status = await json<{ lag: { lag: number }[] }>('status');
    lag = status.lag.reduce((sum, l) => sum + l.lag, 0);
  }
  expect(lag).toBe(0);
}

const source = `cli-${randomUUID().slice(0, 8)}`;
let withKey: readonly string[] = [];

beforeAll(async () => {
  // Other tests share the database; `up` brings prices into an empty book only.
  await migratePostgres(endpoints.databaseUrl);
  await withPostgres(endpoints.databaseUrl, (client) => client.query('DELETE FROM fineprint.ai_prices'));
  const up = await fineprint('up', '--detach', '--json');
  expect(up.code, up.err).toBe(0);
  expect(JSON.parse(up.out)).toMatchObject({ gatewayUrl: `http://127.0.0.1:${ports.gateway}` });
  const { key } = await json<{ key: string }>('keys', 'create', source);
  withKey = ['--key', key, '--give-up-after', '20'];
});

afterAll(async () => {
  const stack = await openStack(env);
  await stack.stop(services.map((service) => service.name));
});

test('up again keeps what runs', async () => {
  const before = await json<{ processes: { name: string; pid: number }[] }>('status');
  const again = await fineprint('up', '--detach');
  expect(again.code, again.err).toBe(0);
  const after = await json<{ ready: boolean; processes: { name: string; pid: number }[] }>('status');
  expect(after.ready).toBe(true);
  expect(after.processes.map((p) => p.pid)).toEqual(before.processes.map((p) => p.pid));
});

test.each([
  ['azure-llm-trace-2023-conv.csv.gz', 'ai_requests'],
  ['ecom-clickstream.csv', 'product_events'],
])('%s, sent twice: all there, none twice', async (file, table) => {
  for (const _ of ['first', 'second']) {
    const sent = await json<Record<string, unknown>>('send', testdata(file), ...withKey, '--batch', '30');
    expect(sent).toMatchObject({ read: 200, accepted: 200, rejected: 0, lost: 0 });
    await expectCount(`SELECT count() AS n FROM ${table} WHERE source = '${source}'`, 200);
    await expectDrained();
  }
  await expectCount(`SELECT uniqExact(event_id) AS n FROM ${table} WHERE source = '${source}'`, 200);
  await expectCount(`SELECT count() AS n FROM ${table} WHERE source = '${source}'`, 200);
});

test('a passport tells where an event went, and of an unknown one that there is none', async () => {
  const query = `SELECT toString(event_id) AS id FROM product_events WHERE source = '${source}' LIMIT 1`;
  const { id } = await json<{ id: string }>('sql', query);
  const passport = await json<{ event_id: string; hops: { outcome: string }[] }>('passport', id);
  expect(passport.event_id).toBe(id);
  expect(passport.hops.map((hop) => hop.outcome)).toContain('stored');
  const { code, out } = await fineprint('passport', id);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('warehouse-loader') });
  const unknown = await fineprint('passport', randomUUID());
  expect({ code: unknown.code, err: unknown.err }).toEqual({
    code: 1,
    err: expect.stringContaining('unknown_event'),
  });
});

test('what was sent keeps its values and its old times', async () => {
  const trace = await json<Record<string, unknown>>(
    'sql',
    `SELECT min(event_time) AS first, sum(input_tokens) AS input, countIf(latency_ms IS NULL) AS unknown
     FROM ai_requests WHERE source = '${source}'`,
  );
  expect(trace).toEqual({ first: '2023-11-16 18:15:46.680', input: 180_695, unknown: 200 });
  const clicks = await json<Record<string, unknown>>(
    'sql',
    '--user',
    'analyst',
    `SELECT count() AS n, uniqExact(event_id) AS ids, any(JSONExtractString(properties, 'user_cohort')) AS cohort
     FROM product_events WHERE source = '${source}' AND event_name = 'payment_details'
       AND event_time = '2024-04-28 12:51:00' AND user_id = 'user_0008'`,
  );
  expect(clicks).toEqual({ n: 2, ids: 2, cohort: '2024-01' });
});

test('bad lines are told by number and code, the good ones are kept, exit code 1', async () => {
  const { code, out } = await fineprint('send', testdata('mixed.jsonl'), ...withKey, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    read: 4,
    accepted: 2,
    rejected: 2,
    rejectedByCode: { malformed_json: 1, missing_field: 1 },
    firstBadLines: [{ line: 2 }, { line: 3 }],
  });
});

test('a revoked key is refused', async () => {
  const { id, key: doomed } = await json<{ id: string; key: string }>('keys', 'create', `${source}-revoked`);
  await json('keys', 'revoke', id);
  const deadline = Date.now() + 10_000;
  let ended: Ended;
  do {
    ended = await fineprint('send', testdata('mixed.jsonl'), '--key', doomed, '--json');
  } while (!ended.err.includes('WRITE_KEY_REFUSED') && Date.now() < deadline);
  expect(ended.err).toContain('WRITE_KEY_REFUSED');
  expect(ended.code).toBe(1);
});

test('an API key reads what was sent as its role allows, until it is revoked', async () => {
  const { id, key } = await json<{ id: string; key: string }>('keys', 'create', source, '--role', 'operator');
  const ask = async (path: string) => {
    const url = `http://127.0.0.1:${ports.queryApi}/api/v1/ai/${path}`;
    return (await fetch(url, { headers: { authorization: `Bearer ${key}` } })).status;
  };
  expect([await ask('models'), await ask('usage-trends')]).toEqual([200, 403]);
  const keys = await json<{ id: string; kind: string; role?: string }[]>('keys', 'list');
  expect(keys.find((k) => k.id === id)).toMatchObject({ kind: 'api', role: 'operator' });
  await json('keys', 'revoke', id);
  await sleep(3_000);
  expect(await ask('models')).toBe(401);
});

test('prices: the starter book is there; a file is refused whole, shown dry, then imported', async () => {
  interface Price {
    readonly input: string;
    readonly effective_from: string;
    readonly superseded_at: string | null;
  }
  const list = (...args: string[]) => json<Price[]>('prices', 'list', '--model', source, ...args);
  expect(
    (await json<Price[]>('prices', 'list', '--model', 'gpt-4o', '--at', '2024-09-01')).length,
  ).toBeGreaterThan(1);
  const file = path.join(dataDir, 'prices.json');
  const write = (...entries: object[]) => writeFileSync(file, JSON.stringify({ currency: 'USD', entries }));
  const entry = { provider: source, model: source, input: '1.5', output: 0, effective_from: '2024-01-01' };
  write(entry, { ...entry, input: -1 });
  const refused = await fineprint('prices', 'import', file);
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringMatching(/PRICES_INVALID[\s\S]*negative_price/),
  });
  write(entry);
  expect(await json('prices', 'import', file, '--dry-run')).toMatchObject({
    dry_run: true,
    added: [{ input: '1.5' }],
  });
  expect(await list()).toEqual([]);
  await json('prices', 'import', file);
  write({ ...entry, input: '1', effective_from: '2025-01-01' });
  expect((await fineprint('prices', 'import', file)).out).toContain('1 added, 1 superseded, 1 kept in part');
  expect((await list()).map((p) => [p.input, p.effective_from.slice(0, 4)])).toEqual([
    ['1.5', '2024'],
    ['1', '2025'],
  ]);
  expect((await list('--history')).filter((p) => p.superseded_at !== null)).toHaveLength(1);
});

test('experiments: from a file to what they say', async () => {
  const id = source.replaceAll('.', '-');
  const file = path.join(dataDir, 'experiment.json');
  const variants = ['control', 'b'].map((name) => ({ name, weight: 1 }));
  const metrics = [{ name: 'x', kind: 'conversion', source: 'event:x', direction: 'increase' }];
  writeFileSync(file, JSON.stringify({ id, unit: 'user', variants }));
  expect(await fineprint('experiments', 'create', file)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/QUERY_API_REFUSED[\s\S]*invalid_body[\s\S]*metrics/),
  });
  writeFileSync(file, JSON.stringify({ id, unit: 'user', variants, metrics }));
  expect(await json('experiments', 'create', file)).toMatchObject({ id, status: 'draft' });
  expect((await fineprint('experiments', 'start', id)).out).toBe(`${id} is running.\n`);
  const running = await json<{ id: string }[]>('experiments', 'list', '--status', 'running');
  expect(running.map((e) => e.id)).toContain(id);
  expect((await fineprint('experiments', 'results', id)).out).toMatch(/b: not enough data/);
  expect(await json('experiments', 'stop', id, '--reason', 'tried')).toMatchObject({
    status: 'stopped',
    stop_reason: 'tried',
  });
  expect((await fineprint('experiments', 'list')).out).toMatch(new RegExp(`${id} +stopped .*tried`));
  expect(await fineprint('experiments', 'start', id)).toMatchObject({
    code: 1,
    err: expect.stringContaining('experiment_status'),
  });
});

test('audit: what was sent is in the books, stage by stage', async () => {
  // Other tests took rows out of the shared stores before.
  const { code, out, err } = await fineprint('audit', '--since', STARTED, '--json');
  expect({ code, err, findings: JSON.parse(out).findings }).toEqual({ code: 0, err: '', findings: [] });
  const text = await fineprint('audit', '--since', STARTED, '--stage', 'warehouse-loader');
  expect(text.out).toMatch(/warehouse-loader +product\.events\.clean +\d/);
  expect(text.out).toContain('The books balance');
  expect(await fineprint('audit', '--stage', 'nobody')).toMatchObject({ code: 2, out: '' });
});

test('tail shows decoded records of clean topics, and of no other without being told to', async () => {
  const { out } = await fineprint(
    'tail',
    'ai.requests.clean',
    '--from',
    'earliest',
    '--limit',
    '5',
    '--json',
  );
  const records = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { value: { event_id: string } });
  expect(records).toHaveLength(5);
  for (const { value } of records) expect(value.event_id).toMatch(/^[0-9a-f-]{36}$/);
  const refused = await fineprint('tail', 'ai.requests.raw');
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('TOPIC_RESTRICTED') });
});

test('the analyst reads and does not write', async () => {
  const { code, err } = await fineprint('sql', 'DROP TABLE product_events');
  expect(code).toBe(1);
  expect(err).toContain('QUERY_FAILED');
  expect(err).toContain('--user fineprint');
});

test('topics, logs and doctor', async () => {
  expect(await json('topics', 'plan')).toEqual({ create: [], alter: [], refuse: [] });
  expect((await fineprint('logs', 'pii-scrubber')).out).toContain('started');
  const { out } = await fineprint('doctor', '--json');
  const { checks } = JSON.parse(out) as { checks: { check: string; ok: boolean }[] };
  expect(checks).toContainEqual(expect.objectContaining({ check: 'warehouse-loader', ok: true }));
});

test('a command line that is wrong: exit code 2, and nothing on standard output', async () => {
  const unknown = await fineprint('tpology');
  expect(unknown).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Did you mean topology?') });
  expect(await fineprint('send', 'x', '--batch', 'many')).toMatchObject({ code: 2, out: '' });
});

test('funnels are put in force from files, all or none, shown and removed', async () => {
  const funnel = (windowMs: number) => ({
    name: `${source}-funnel`,
    windowMs,
    steps: [{ event: 'a' }, { event: 'b' }],
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'funnels-'));
  const file = path.join(folder, 'funnel.json');
  const apply = async (windowMs: number) => {
    writeFileSync(file, JSON.stringify(funnel(windowMs)));
    return json<object[]>('funnels', 'apply', file);
  };
  expect(await apply(1_000)).toMatchObject([{ version: 1, changed: true }]);
  expect(await apply(1_000)).toMatchObject([{ version: 1, changed: false }]);
  expect(await apply(2_000)).toMatchObject([{ version: 2, changed: true }]);
  const bad = path.join(folder, 'bad.yaml');
  writeFileSync(bad, '{name: x, windowMs: 0, steps: []}');
  const refused = await fineprint('funnels', 'apply', file, bad, '--json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.err)).toMatchObject({ error: { code: 'DEFINITION_INVALID' } });
  const text = await fineprint('funnels', 'show', `${source}-funnel`);
  const yaml = path.join(folder, 'shown.yaml');
  writeFileSync(yaml, text.out);
  expect(await json<object[]>('funnels', 'apply', yaml)).toMatchObject([{ version: 2, changed: false }]);
  expect(await json<object[]>('funnels', 'list')).toContainEqual(
    expect.objectContaining({ name: `${source}-funnel`, version: 2, createdBy: 'cli' }),
  );
  expect((await fineprint('funnels', 'remove', `${source}-funnel`)).code).toBe(0);
  const gone = await fineprint('funnels', 'remove', `${source}-funnel`, '--json');
  expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('DEFINITION_UNKNOWN')]);
  expect(await json('funnels', 'show', `${source}-funnel`)).toMatchObject({
    version: null,
    versions: [{ version: 2 }, { version: 1 }],
  });
  rmSync(folder, { recursive: true });
});
