import { randomUUID } from 'node:crypto';
import type { Vendor } from '@fineprint/contract-servers';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { withTrialsOf } from './forwarder-trials.ts';

const WITHIN_MS = 60_000;
const CONSENT = '/api/v1/privacy/consent';
const ALL = { analytics: true, marketing: true, ai: true };

/** A person's event, and what must become of it. */
interface Sent {
  readonly id: string;
  readonly isStored: boolean;
  readonly isShared: boolean;
}

async function posted(context: MissionContext, path: string, body: object): Promise<void> {
  const { status } = await context.post(path, body);
  same(`POST ${path}`, status, 202);
}

/** One person's story: what is said, and the events between. Each event is sent as soon as what was said is answered. */
async function live(context: MissionContext, user_id: string): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const act = async (isStored: boolean, isShared: boolean, more: object = {}) => {
    const event_id = randomUUID();
    await posted(context, '/api/v1/product/events', {
      event_id,
      user_id,
      event_name: `${user_id}-acts`,
      ...more,
    });
    sent.push({ id: event_id, isStored, isShared });
  };
  const say = (categories: object) =>
    posted(context, CONSENT, {
      ...{ user_id, categories, jurisdiction: 'GDPR', method: 'banner', policy_version: '1' },
      proof: { button: 'save', note: 'asked ada@example.com' },
    });
  await say(ALL);
  await act(true, true);
  await act(true, false, { context: { gpc: true } });
  await say({ marketing: false });
  await act(true, false);
  const beforeTheNo = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await say({ analytics: false });
  await act(false, false);
  await act(true, false, { event_time: beforeTheNo });
  await say(ALL);
  await act(true, true);
  return sent;
}

const idsOf = (sent: readonly Sent[], is: (one: Sent) => boolean) =>
  sent
    .filter(is)
    .map((s) => s.id)
    .sort();

async function checkStored({ sql }: MissionContext, user: string, sent: readonly Sent[]): Promise<void> {
  const rows = await sql<{ id: string }>(
    'SELECT toString(event_id) AS id FROM fineprint.product_events WHERE user_id = {user:String} ORDER BY id',
    { user },
  );
  same(
    'stored',
    rows.map((r) => r.id).sort(),
    idsOf(sent, (s) => s.isStored),
  );
}

/** At a destination, and in its receipts. */
async function checkShared({ sql }: MissionContext, vendor: Vendor, sent: readonly Sent[]): Promise<void> {
  const texts = [...vendor.events.values()].map(({ id, event }) => `${id} ${JSON.stringify(event)}`);
  same(
    'at Mixpanel',
    idsOf(sent, (s) => texts.some((text) => text.includes(s.id))),
    idsOf(sent, (s) => s.isShared),
  );
  const rows = await sql<{ id: string; reason: string }>(
    `SELECT toString(event_id) AS id, reason FROM fineprint.delivery_status
     WHERE destination = 'mixpanel' AND outcome = 'dropped' AND event_id IN {ids:Array(UUID)} ORDER BY id`,
    { ids: sent.map((s) => s.id) },
  );
  same('left out by name', [...new Set(rows.map((r) => r.reason))], ['no_consent']);
  same(
    'left out',
    rows.map((r) => r.id).sort(),
    idsOf(sent, (s) => s.isStored && !s.isShared),
  );
}

async function checkPassport({ get }: MissionContext, { id }: Sent): Promise<void> {
  const { status, body } = await get(`/api/v1/events/${id}/passport`);
  const { hops } = body as { hops?: { stage: string; outcome: string; reason: string | null }[] };
  const end = hops?.find((h) => h.stage === 'pii-scrubber');
  same('passport', [status, end?.outcome, end?.reason], [200, 'dropped', 'no_consent']);
}

/** What a privacy officer is shown, and that nothing personal is in the proof. */
async function checkHistory(context: MissionContext, user: string): Promise<void> {
  const made = await context.command(
    'keys',
    'create',
    `${context.run}-consent`,
    '--role',
    'privacy_officer',
    '--json',
  );
  const { key, id } = JSON.parse(made.out) as { key: string; id: string };
  try {
    const shown = await context.command(
      'consent',
      'show',
      user,
      '--json',
      '--url',
      context.queryUrl,
      '--key',
      key,
    );
    const { in_force, records } = JSON.parse(shown.out) as {
      in_force: object;
      records: { categories: object; proof: { note: string }; jurisdiction: string }[];
    };
    same('in force', in_force, { analytics: 'granted', marketing: 'granted', ai: 'granted' });
    same(
      'history',
      records.map((r) => r.categories),
      [ALL, { analytics: false }, { marketing: false }, ALL],
    );
    same('proof', [records[0]?.proof.note, records[0]?.jurisdiction], ['asked [EMAIL]', 'GDPR']);
  } finally {
    await context.command('keys', 'revoke', id);
  }
}

export const consent: MissionRow = {
  row: 19,
  name: 'Consent',
  check: (context) =>
    withTrialsOf(context, ['mixpanel'], async ({ mixpanel }) => {
      const users = Array.from({ length: 3 }, (_, n) => `${context.run}-consent-${n}`);
      const sent = await Promise.all(users.map((user) => live(context, user)));
      for (const [i, user] of users.entries())
        await context.eventually(WITHIN_MS, () => checkStored(context, user, sent[i] ?? []));
      await context.eventually(WITHIN_MS, () => checkShared(context, mixpanel.vendor, sent.flat()));
      const dropped = sent.flat().find((s) => !s.isStored);
      if (dropped !== undefined) await context.eventually(WITHIN_MS, () => checkPassport(context, dropped));
      await context.eventually(WITHIN_MS, () => checkHistory(context, users[0] ?? ''));
      return `${sent.flat().length} events of ${users.length} people, each sent as soon as a consent was answered: stored and shared by the consent of their own time, a late one by that of its time; GPC kept from sharing; what was left out has its name in the passport and the receipts, and the history shows who said what`;
    }),
};
