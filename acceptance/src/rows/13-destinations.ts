import { randomUUID } from 'node:crypto';
import { always, noFaults, seededFaults, type Vendor } from '@fineprint/contract-servers';
import { type DestinationName, destinations } from '@fineprint/topology';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { withTrials } from './forwarder-trials.ts';

const WITHIN_MS = 60_000;
const SEED = 13;
/** Of requests, the share that something goes wrong with. */
const FAULTY = 0.2;
const EVENTS = 60;
const USERS = 5;

/** What the row sends: good events of several users, one that two vendors refuse, one whose user said no. */
function createEvents(run: string) {
  const name = `${run}-forwarded`;
  const good = Array.from({ length: EVENTS }, (_, n) => ({
    ...{ event_id: randomUUID(), event_name: name, user_id: `${run}-user-${n % USERS}` },
    properties: { n, note: `write to ada-${n}@example.com` },
  }));
  const refused = { event_id: randomUUID(), event_name: name, user_id: 'anonymous' };
  const context = { consent: { analytics: false } };
  const denied = { event_id: randomUUID(), event_name: name, user_id: `${run}-user-0`, context };
  return { good, refused, denied };
}

type Sent = ReturnType<typeof createEvents>;

/** Our events that a vendor has, by user, as they arrived. */
function heldBy(vendor: Vendor, sent: Sent): Map<string, string[]> {
  const userOf = new Map<string, string>(
    [...sent.good, sent.refused, sent.denied].map((e) => [e.event_id, e.user_id]),
  );
  const held = new Map<string, string[]>();
  for (const { id, event } of vendor.events.values()) {
    const text = `${id} ${JSON.stringify(event)}`;
    if (text.includes('@example.com')) throw new Error('an e-mail address left the pipeline');
    const own = text
      .match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)
      ?.find((found) => userOf.has(found));
    if (own === undefined) continue;
    const user = userOf.get(own) ?? '';
    held.set(user, [...(held.get(user) ?? []), own]);
  }
  return held;
}

const REFUSERS: ReadonlySet<DestinationName> = new Set(['mixpanel', 'amplitude']);

/** Every good event once, in the order of its user, and of the others what the destination takes. */
function checkHeld(name: DestinationName, vendor: Vendor, sent: Sent): void {
  const held = heldBy(vendor, sent);
  for (const [user, own] of Map.groupBy(sent.good, (e) => e.user_id)) {
    const ids = (held.get(user) ?? []).filter((id) => id !== sent.denied.event_id);
    same(
      `${name}: events of ${user}, in order`,
      ids,
      own.map((e) => e.event_id),
    );
  }
  same(`${name}: the one it cannot take`, held.get('anonymous')?.length ?? 0, REFUSERS.has(name) ? 0 : 1);
}

async function checkReceipts({ sql }: MissionContext, { good, refused, denied }: Sent): Promise<void> {
  const ids = [...good, refused, denied].map((e) => e.event_id);
  const rows = await sql<{ what: string; n: number }>(
    `SELECT concat(destination, ' ', outcome, if(reason = '', '', ' '), reason) AS what, toInt32(count()) AS n
     FROM fineprint.delivery_status WHERE event_id IN {ids:Array(UUID)} GROUP BY what ORDER BY what`,
    { ids },
  );
  const counts = rows.map(({ what, n }) => `${what} ${n}`);
  same('receipts', counts, [
    `amplitude delivered ${EVENTS}`,
    'amplitude dropped consent_denied 1',
    'amplitude rejected invalid_field 1',
    `mixpanel delivered ${EVENTS}`,
    'mixpanel dropped consent_denied 1',
    'mixpanel rejected invalid_field 1',
    `segment delivered ${EVENTS + 1}`,
    'segment dropped consent_denied 1',
    `webhooks delivered ${EVENTS + 1}`,
    'webhooks dropped consent_denied 1',
  ]);
}

async function checkLetter({ command }: MissionContext, { refused }: Sent): Promise<void> {
  const { code, out, err } = await command(
    'dlq',
    'list',
    '--stage',
    'forwarder-mixpanel',
    '--since',
    '1h',
    '--json',
  );
  if (code !== 0) throw new Error(`dlq list ended with ${code}: ${err}`);
  const letters = JSON.parse(out) as { event_id: string; code: string; path: string }[];
  const letter = letters.find((l) => l.event_id === refused.event_id);
  same('its dead letter', [letter?.code, letter?.path], ['invalid_field', 'properties.distinct_id']);
}

async function checkPassport({ get }: MissionContext, { good }: Sent): Promise<void> {
  const { status, body } = await get(`/api/v1/events/${good[0]?.event_id}/passport`);
  const { hops } = body as { hops?: { stage: string; outcome: string }[] };
  const told = (hops ?? [])
    .filter((h) => h.stage.startsWith('forwarder-'))
    .map((h) => `${h.stage} ${h.outcome}`);
  same('passport', [status, ...told], [200, ...destinations.map((name) => `forwarder-${name} delivered`)]);
}

export const destinationsRow: MissionRow = {
  row: 13,
  name: 'Destinations',
  check: (context) =>
    withTrials(context, async (trials) => {
      const { run, post, eventually } = context;
      const sent = createEvents(run);
      const { mixpanel, amplitude, segment, webhooks } = trials;
      mixpanel.server.setFaults(always({ kind: 'error', status: 503 }));
      for (const { server } of [amplitude, segment, webhooks])
        server.setFaults(seededFaults(SEED, FAULTY, 200));
      const all = [...sent.good, sent.refused, sent.denied];
      for (let from = 0; from < all.length; from += 50) {
        const { status } = await post('/api/v1/product/events/batch', all.slice(from, from + 50));
        same('POST events/batch', status, 202);
      }
      for (const { name, vendor } of [amplitude, segment, webhooks])
        await eventually(WITHIN_MS, async () => checkHeld(name, vendor, sent));
      same('events at the destination that is down', heldBy(mixpanel.vendor, sent).size, 0);
      mixpanel.server.setFaults(seededFaults(SEED, FAULTY, 200));
      await eventually(WITHIN_MS, async () => checkHeld('mixpanel', mixpanel.vendor, sent));
      mixpanel.server.setFaults(noFaults);
      await eventually(WITHIN_MS, () => checkReceipts(context, sent));
      await eventually(WITHIN_MS, () => checkLetter(context, sent));
      await eventually(WITHIN_MS, () => checkPassport(context, sent));
      const requests = destinations.reduce((sum, name) => sum + trials[name].server.requests(), 0);
      return `${EVENTS} events of ${USERS} users once each and in order at contract servers of Mixpanel (down at first), Amplitude, Segment and webhooks, while a fifth of ${requests} requests got 500, 429, nothing, or no answer after the events were taken; one refused event in the dead letter with its field, one without consent kept back, a receipt in ClickHouse for each, and in the passport`;
    }),
};
