import { createHmac } from 'node:crypto';
import { parseReceiver } from '@fineprint/alert-rules';
import { readConfig } from '@fineprint/service-config';
import type { RecordOf } from '@fineprint/topology';
import { expect, it } from 'vitest';
import { alertFields, alertRules } from '../config.ts';
import { failed } from './channel.ts';
import type { Message } from './messages.ts';
import { renderSlack, renderText, renderWebhook, subjectOf } from './render.ts';
import { isPublicAddress } from './safe-address.ts';
import { endingOf } from './sender.ts';
import { receiverSecret, signedHeaders } from './signature.ts';
import { tell } from './tell.ts';

const alert: RecordOf<'alerts'> = {
  alert_id: '01890a5d-ac96-574b-8cce-b302099a8057',
  dedup_key: 'rule:r:[]',
  kind: 'lag',
  severity: 'warning',
  state: 'raised',
  raised_at: 1_000,
  occurred_at: 1_000,
  title: 'records that wait: <9> & more',
  labels: { rule: 'r', group: 'g' },
  evidence: '{"value":9}',
  source: 'alert-manager',
};
const message: Message = {
  deliveryId: '0f0e0d0c-0000-5000-8000-000000000001',
  receiver: 'ops',
  alerts: [alert],
  createdAtMs: 2_000,
  attempt: 1,
  token: 't',
};

function receiver(change: object = {}) {
  const parsed = parseReceiver({ name: 'ops', target: { type: 'email', to: ['a@b.example'] }, ...change });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

it('tells of a beginning, another severity and an end, each once, and only who heard of it', () => {
  const told = { state: 'raised', severity: 'warning', groupKey: 'k' };
  expect(tell(receiver(), alert, null)).toBe('["lag"]');
  expect(tell(receiver(), alert, told)).toBeNull();
  expect(tell(receiver(), { ...alert, severity: 'critical' }, told)).toBe('k');
  expect(tell(receiver({ minimum_severity: 'critical' }), { ...alert, state: 'resolved' }, told)).toBe('k');
  expect(tell(receiver(), { ...alert, state: 'resolved' }, null)).toBeNull();
  expect(tell(receiver(), { ...alert, state: 'resolved' }, { ...told, state: 'resolved' })).toBeNull();
  expect(tell(receiver(), alert, { ...told, state: 'resolved' })).toBeNull();
  expect(tell(receiver({ match: [{ name: 'group', is: ['x'] }] }), alert, null)).toBeNull();
});

it('a failure is tried again, later each time, until it is too old or the receiver is gone', () => {
  const at = { nowMs: 10_000, giveUpMs: 100_000, random: 1 };
  const waits = [1, 2, 3, 30].map((attempt) => endingOf(failed('timeout'), { attempt, createdAtMs: 0 }, at));
  expect(waits.map((e) => (e.state === 'pending' ? e.waitMs : e.state))).toEqual([
    500, 1_000, 2_000, 300_000,
  ]);
  expect(endingOf(failed('http_status', 429, 60_000), { attempt: 1, createdAtMs: 0 }, at)).toEqual({
    state: 'pending',
    waitMs: 60_000,
    error: 'http_status 429',
  });
  expect(endingOf(failed('http_status', 404), { attempt: 1, createdAtMs: 0 }, at)).toMatchObject({
    state: 'pending',
  });
  expect(
    endingOf(failed('timeout'), { attempt: 9, createdAtMs: 0 }, { ...at, nowMs: 100_000 }),
  ).toMatchObject({ state: 'given_up' });
  expect(endingOf(failed('receiver_gone'), { attempt: 1, createdAtMs: 0 }, at)).toMatchObject({
    state: 'given_up',
  });
});

it.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '0.0.0.0',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'localhost',
  '',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

it('the same message makes the same bytes, signed with a key of the receiver', () => {
  const body = renderWebhook(message);
  expect(renderWebhook({ ...message, attempt: 7, token: 'other' })).toBe(body);
  expect(JSON.parse(body)).toMatchObject({
    delivery_id: message.deliveryId,
    alerts: [{ alert_id: alert.alert_id, raised_at: '1970-01-01T00:00:01.000Z', evidence: { value: 9 } }],
  });
  const secret = receiverSecret('a key', 'ops');
  expect(receiverSecret('a key', 'other')).not.toBe(secret);
  const headers = signedHeaders(secret, message.deliveryId, 5_999, body);
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${message.deliveryId}.5.${body}`)
    .digest('base64');
  expect(headers).toEqual({
    'webhook-id': message.deliveryId,
    'webhook-timestamp': '5',
    'webhook-signature': `v1,${mac}`,
  });
});

it('people read what it is, since when, and what it rests on', () => {
  expect(subjectOf(message)).toBe('[warning] records that wait: <9> & more');
  expect(subjectOf({ ...message, alerts: [alert, alert, alert] })).toMatch(/ and 2 more$/);
  expect(renderText(message)).toMatch(
    /since {5}1970.*\n.*kind.*lag.*\n.*rule.*r\n.*group.*g\n.*evidence.*{"value":9}/,
  );
  const slack = JSON.parse(
    renderSlack({ ...message, alerts: [{ ...alert, state: 'resolved', evidence: 'not JSON' }] }),
  );
  expect(slack.text).toBe('[resolved] records that wait: &lt;9&gt; &amp; more');
  expect(slack.blocks[0].text.text).toContain('rule: r · group: g');
});

it('settings that cannot work are refused, secrets are not shown', () => {
  const env = {
    KAFKA_BROKERS: 'a:1',
    SCHEMA_REGISTRY_URL: 'http://a',
    DATABASE_URL: 'postgres://a/b',
    CLICKHOUSE_HOST: 'a',
    ALERTS_SIGNING_KEY: 'short',
    SMTP_URL: 'smtp://user:pass@mail',
  };
  const read = (more: object) =>
    readConfig(alertFields, { ...env, ...more }, { service: 'alert-manager', rules: alertRules });
  expect(() => read({})).toThrow(/ALERTS_SIGNING_KEY: is too short.*\n.*ALERTS_FROM: is not set/);
  expect(() => read({ SMTP_URL: 'ftp://x' })).toThrow('SMTP_URL');
  const config = read({ ALERTS_SIGNING_KEY: 'x'.repeat(32), ALERTS_FROM: 'a@b' });
  expect(JSON.stringify(config)).not.toMatch(/pass|xxxx/);
});
