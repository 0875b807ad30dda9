import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseReceiver, type ReceiverInput } from '@fineprint/alert-rules';
import { addSilence, endSilence, saveDefinition } from '@fineprint/alert-store';
import { type OutboxRecord, publishOutbox } from '@fineprint/http-kit';
import { migratePostgres } from '@fineprint/migrations';
import { createMetrics } from '@fineprint/observability';
import { useTestStack } from '@fineprint/stack/testing';
import type { RecordOf } from '@fineprint/topology';
import { Pool } from 'pg';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createAlertMetrics } from '../metrics.ts';
import { ALERT_OUTBOX } from '../tables.ts';
import { createChannels } from './channels.ts';
import { formMessages } from './form-messages.ts';
import { createIntakeStage } from './intake.ts';
import { forgetOld } from './messages.ts';
import { createSender } from './sender.ts';
import { receiverSecret } from './signature.ts';

type Alert = RecordOf<'alerts'>;
type Delivery = RecordOf<'alerts.deliveries'>;
interface Hook {
  readonly path: string;
  readonly id: string;
  readonly isSigned: boolean;
  readonly body: string;
}

const KEY = 'k'.repeat(32);
const [SMTP_USER, SMTP_PASSWORD] = ['robot', 'a password'];

let pool: Pool;
let web: Server;
let smtp: SMTPServer;
let mails: string[] = [];
let hooks: Hook[] = [];
/** What the webhook answers, by path. */
let statuses: Record<string, number> = {};

beforeAll(async () => {
  const { endpoints } = useTestStack();
  await migratePostgres(endpoints.databaseUrl);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 10 });
  web = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const path = req.url ?? '';
      const status = statuses[path] ?? 200;
      if (status === 0) {
        req.socket.destroy();
        return;
      }
      const id = String(req.headers['webhook-id']);
      const secret = Buffer.from(receiverSecret(KEY, path.slice(1)).slice(6), 'base64');
      const expected = createHmac('sha256', secret)
        .update(`${id}.${req.headers['webhook-timestamp']}.${body}`)
        .digest('base64');
      hooks.push({ path, id, body, isSigned: req.headers['webhook-signature'] === `v1,${expected}` });
      res.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('secret words');
    });
  });
  smtp = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      username === SMTP_USER && password === SMTP_PASSWORD
        ? done(null, { user: username })
        : done(new Error('no')),
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
});
const TABLES = [
  'alert_definitions',
  'alert_silences',
  'alert_notices',
  'alert_deliveries',
  'alert_outbox',
].map((t) => `fineprint.${t}`);
const empty = () => pool.query(`TRUNCATE ${TABLES.join(', ')}`);
beforeEach(async () => {
  await empty();
  [mails, hooks, statuses] = [[], [], {}];
});
afterAll(async () => {
  await empty();
  await new Promise((resolve) => web.close(resolve));
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  await pool?.end();
});

const urlOf = (path: string) => `http://127.0.0.1:${(web.address() as AddressInfo).port}/${path}`;
const smtpUrl = (password: string) =>
  `smtp://${SMTP_USER}:${encodeURIComponent(password)}@127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;

async function receiver(
  input: Omit<ReceiverInput, 'target'> & { target?: ReceiverInput['target'] },
): Promise<void> {
  const parsed = parseReceiver({
    group_wait_seconds: 0,
    target: { type: 'webhook', url: urlOf(input.name) },
    ...input,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  await saveDefinition(pool, 'receiver', parsed.value, 'test');
}

const ATTEMPT = {
  lease: { owned: () => true, fresh: () => true, heartbeat: async () => undefined },
  stopping: () => false,
  onFailure: () => undefined,
};

/** One instance of the service's delivering half. */
function instance(change: { allowsPrivate?: boolean; password?: string; nowMs?: () => number } = {}) {
  const errors: unknown[] = [];
  const metrics = createAlertMetrics(createMetrics({ service: 'test' }));
  const nowMs = change.nowMs ?? Date.now;
  const channels = createChannels({
    timeoutMs: 1_000,
    allowsPrivate: change.allowsPrivate ?? true,
    signingKey: KEY,
    mail: {
      url: smtpUrl(change.password ?? SMTP_PASSWORD),
      from: 'Alerts <alerts@fineprint.example>',
      timeoutMs: 1_000,
    },
    nowMs,
  });
  const intake = createIntakeStage(pool, metrics, () => undefined);
  return {
    errors,
    take: (...alerts: Alert[]) =>
      intake.apply(
        alerts.map((record, offset) => ({
          topic: 'alerts' as const,
          partition: 0,
          record,
          input: { offset, timestampMs: Date.now() + 1, key: null, value: null, headers: {} },
        })),
        ATTEMPT,
      ),
    async deliver() {
      const sender = createSender({
        pool,
        channels,
        metrics,
        sendTimeoutMs: 1_000,
        giveUpMs: 3_600_000,
        nowMs,
        random: () => 0,
        onError: (error) => errors.push(error),
      });
      await formMessages(pool, () => undefined);
      await sender.sendDue();
      await sender.stop();
    },
  };
}

let raised = 0;
function alertOf(change: Partial<Alert> = {}): Alert {
  return {
    alert_id: randomUUID(),
    dedup_key: `test:${raised++}`,
    kind: 'lag',
    severity: 'warning',
    state: 'raised',
    raised_at: 1_000,
    occurred_at: 1_000,
    title: 'records wait',
    labels: { rule: 'r' },
    evidence: '{"value":1}',
    source: 'test',
    ...change,
  };
}
const endOf = (alert: Alert): Alert => ({
  ...alert,
  alert_id: randomUUID(),
  state: 'resolved',
  occurred_at: 2_000,
});
const dueNow = () =>
  pool.query(
    'UPDATE fineprint.alert_deliveries SET next_attempt_at = clock_timestamp(), lease_until = clock_timestamp()',
  );
const statesIn = (hook: Hook | undefined) =>
  (JSON.parse(hook?.body ?? '{"alerts":[]}').alerts as Alert[]).map((a) => `${a.state} ${a.dedup_key}`);

async function records(): Promise<Delivery[]> {
  const found: OutboxRecord[] = [];
  await publishOutbox(pool, ALERT_OUTBOX, async (batch) => void found.push(...batch));
  return found.map((r) => r.record as Delivery);
}

it('one message for each raise and each end, to each receiver that wants it; repeats tell nobody', async () => {
  await receiver({ name: 'all' });
  await receiver({ name: 'serious', minimum_severity: 'critical' });
  await receiver({
    name: 'chat',
    target: { type: 'slack', url: urlOf('chat') },
    match: [{ name: 'kind', is: ['lag'] }],
  });
  await receiver({
    name: 'mail',
    target: { type: 'email', to: ['ops@fineprint.example', 'boss@fineprint.example'] },
  });
  const { take, deliver } = instance();
  const alert = alertOf();
  const worse = { ...alert, alert_id: randomUUID(), severity: 'critical', occurred_at: 1_500 };
  await take(alert);
  await take(alert, { ...alert, alert_id: randomUUID(), evidence: '{"value":2}' }); // a replay, and more of the same
  await deliver();
  await take(worse);
  await deliver();
  await take(endOf(worse), alert);
  await deliver();
  await deliver();
  const of = (path: string) => hooks.filter((h) => h.path === path);
  expect(of('/all').map((h) => [h.isSigned, statesIn(h)])).toEqual([
    [true, [`raised ${alert.dedup_key}`]],
    [true, [`raised ${alert.dedup_key}`]],
    [true, [`resolved ${alert.dedup_key}`]],
  ]);
  expect(of('/serious').map(statesIn)).toEqual([
    [`raised ${alert.dedup_key}`],
    [`resolved ${alert.dedup_key}`],
  ]);
  expect(of('/chat').map((h) => JSON.parse(h.body).text)).toEqual([
    '[warning] records wait',
    '[critical] records wait',
    '[resolved] records wait',
  ]);
  expect(mails).toHaveLength(3);
  expect(mails[0]).toMatch(/^From: Alerts <alerts@fineprint\.example>/m);
  expect(mails[0]).toMatch(/^Subject: \[warning\] records wait/m);
  const sent = await records();
  expect(sent.map((d) => d.outcome)).toEqual(Array(11).fill('delivered'));
  const ids = new Set(sent.filter((d) => d.receiver === 'mail').map((d) => d.delivery_id));
  expect(mails.map((mail) => /^Message-ID: <(.*)@alerts\.fineprint>/m.exec(mail)?.[1])).toEqual([...ids]);
  expect(JSON.stringify(sent)).not.toContain('@'); // whom it went to by mail is nowhere
});

it('alerts of one kind go out together, at most 50; other kinds by themselves', async () => {
  await receiver({ name: 'all' });
  const { take, deliver } = instance();
  await take(...Array.from({ length: 60 }, () => alertOf()), alertOf({ kind: 'revenue' }));
  for (let i = 0; i < 4; i++) await deliver(); // one at a time to each receiver
  expect(hooks.map((h) => statesIn(h).length).sort((a, b) => a - b)).toEqual([1, 10, 50]);
});

it('a receiver that is down loses nothing, hears things in order, and holds up no other one', async () => {
  await receiver({ name: 'down' });
  await receiver({ name: 'up' });
  const { take, deliver } = instance();
  const first = alertOf();
  const second = alertOf();
  statuses = { '/down': 0 };
  await take(first);
  await deliver();
  statuses = { '/down': 503 };
  await dueNow();
  await deliver();
  await take(endOf(first), second);
  await dueNow();
  await deliver();
  expect(hooks.filter((h) => h.path === '/up')).toHaveLength(2);
  statuses = {};
  hooks = [];
  for (let i = 0; i < 3; i++) {
    await dueNow();
    await deliver();
  }
  expect(hooks.map(statesIn)).toEqual([
    [`raised ${first.dedup_key}`],
    [`resolved ${first.dedup_key}`, `raised ${second.dedup_key}`],
  ]);
  const down = (await records()).filter((d) => d.receiver === 'down');
  expect(down.map((d) => [d.attempt, d.outcome, d.status, d.error_code])).toEqual([
    [1, 'failed', null, 'unreachable'],
    [2, 'failed', 503, 'http_status'],
    [3, 'failed', 503, 'http_status'],
    [4, 'delivered', 200, null],
    [1, 'delivered', 200, null],
  ]);
  expect(new Set(down.slice(0, 4).map((d) => d.delivery_id)).size).toBe(1);
});

it('what a silence covers is held back; it is told if it outlasts the silence, and never if it does not', async () => {
  await receiver({ name: 'all' });
  const { take, deliver } = instance();
  const matchers = [{ name: 'rule', is: ['deploy'] }];
  const id = randomUUID();
  await addSilence(pool, id, { matchers, until: Date.now() + 3_600_000, comment: 'a deploy' }, 'test');
  expect(
    await addSilence(pool, randomUUID(), { matchers, until: Date.now() - 1, comment: 'over' }, 'test'),
  ).toBeNull();
  const [brief, lasting] = [alertOf({ labels: { rule: 'deploy' } }), alertOf({ labels: { rule: 'deploy' } })];
  const other = alertOf();
  await take(brief, lasting, other);
  await deliver();
  await take(endOf(brief));
  await deliver();
  expect(hooks.map(statesIn)).toEqual([[`raised ${other.dedup_key}`]]);
  const held = (await records()).filter((d) => d.outcome === 'silenced');
  expect(held.map((d) => [d.silence_id, d.alert_ids[0]])).toEqual([
    [id, brief.alert_id],
    [id, lasting.alert_id],
    [id, expect.any(String)],
  ]);
  expect(await endSilence(pool, id)).toBe(true);
  expect(await endSilence(pool, id)).toBe(false);
  await deliver();
  await take(endOf(lasting), endOf(brief));
  await deliver();
  expect(hooks.slice(1).map(statesIn)).toEqual([
    [`raised ${lasting.dedup_key}`],
    [`resolved ${lasting.dedup_key}`],
  ]);
});

it('three instances, and one that was frozen while it sent: one message, told as delivered once', async () => {
  await receiver({ name: 'all', group_by: ['rule'] });
  const instances = [instance(), instance(), instance()];
  await instances[0]?.take(...Array.from({ length: 12 }, (_, i) => alertOf({ labels: { rule: `r${i}` } })));
  for (let i = 0; i < 15; i++) await Promise.all(instances.map((one) => one.deliver()));
  expect(hooks).toHaveLength(12);
  expect(new Set(hooks.map((h) => h.id)).size).toBe(12);
  expect(await records()).toHaveLength(12);

  await instances[0]?.take(alertOf());
  let isFirst = true;
  const frozen = instance({
    nowMs: () => {
      isFirst = false;
      return Date.now();
    },
  });
  statuses = { '/all': 200 };
  const sending = frozen.deliver();
  while (hooks.length < 13) await sleep(5);
  await pool.query(
    'UPDATE fineprint.alert_deliveries SET lease_token = gen_random_uuid(), lease_until = clock_timestamp()',
  );
  await sending;
  for (let i = 0; i < 3; i++) await instances[1]?.deliver();
  expect(isFirst).toBe(false);
  const same = hooks.slice(12);
  expect(new Set(same.map((h) => h.id)).size).toBe(1);
  expect(new Set(same.map((h) => h.body)).size).toBe(1);
  expect((await records()).filter((d) => d.outcome === 'delivered')).toHaveLength(1);
});

it('private addresses, wrong passwords, redirects and receivers that are gone are failures with a name', async () => {
  await receiver({ name: 'inside' });
  await receiver({
    name: 'named',
    target: { type: 'webhook', url: urlOf('named').replace('127.0.0.1', 'localhost') },
  });
  await receiver({ name: 'mail', target: { type: 'email', to: ['ops@fineprint.example'] } });
  const careful = instance({ allowsPrivate: false, password: 'wrong' });
  await careful.take(alertOf());
  await careful.deliver();
  const reasons = new Map((await records()).map((d) => [d.receiver, [d.outcome, d.error_code]]));
  expect(Object.fromEntries(reasons)).toEqual({
    inside: ['failed', 'refused_address'],
    named: ['failed', 'refused_address'],
    mail: ['failed', 'smtp_auth'],
  });
  expect(hooks).toEqual([]);
  statuses = { '/inside': 302 };
  await dueNow();
  await pool.query(`DELETE FROM fineprint.alert_definitions WHERE name = 'named'`);
  await instance().deliver();
  expect((await records()).map((d) => [d.receiver, d.outcome, d.status, d.error_code]).sort()).toEqual([
    ['inside', 'failed', 302, 'http_status'],
    ['mail', 'delivered', 250, null],
    ['named', 'given_up', null, 'receiver_gone'],
  ]);
  expect(hooks.map((h) => h.path)).toEqual(['/inside']);
  const late = instance({ nowMs: () => Date.now() + 2 * 3_600_000 });
  await dueNow();
  await late.deliver();
  expect((await records()).map((d) => [d.receiver, d.outcome])).toEqual([['inside', 'given_up']]);
});

it('a new receiver hears no history, and what is over is forgotten in the end', async () => {
  const { take, deliver } = instance();
  await receiver({ name: 'all' });
  await pool.query(
    `UPDATE fineprint.alert_definitions SET created_at = clock_timestamp() + interval '1 hour'`,
  );
  await take(alertOf());
  await deliver();
  expect(hooks).toEqual([]);
  await pool.query(
    `UPDATE fineprint.alert_definitions SET created_at = clock_timestamp() - interval '1 hour'`,
  );
  const [over, standing] = [alertOf(), alertOf()];
  await take(over, standing, endOf(over));
  await deliver();
  await pool.query(`UPDATE fineprint.alert_notices SET created_at = created_at - interval '30 days'`);
  await forgetOld(pool);
  const { rows } = await pool.query('SELECT alert_id FROM fineprint.alert_notices');
  expect(rows).toEqual([{ alert_id: standing.alert_id }]);
});
