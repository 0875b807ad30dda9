import type { Lab, LabContext } from '../../lab.ts';
import { toProductEvent } from '../../load/event-forms.ts';
import { newEvent, post, storedRows } from './send.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEARS_10_MS = 3_653 * DAY_MS;
/** MAX_EVENT_FUTURE_HOURS and MAX_EVENT_AGE_DAYS; a minute for the way. */
const FUTURE_MS = DAY_MS + 60_000;
const AGE_MS = 3_650 * DAY_MS + 60_000;
const ARRIVAL_TOLERANCE_MS = 120_000;

interface Clock {
  readonly name: string;
  readonly event_time: string | number;
  readonly sent_at?: string | number;
  /** What has to stand in `flags`; none where the time is kept. */
  readonly flag: string | null;
  readonly to: readonly ['gateway' | 'topic', ...string[]];
}

function clocks(nowMs: number): Clock[] {
  const both = ['gateway', 'topic'] as const;
  return [
    { name: 'an hour fast', event_time: nowMs + HOUR_MS, flag: null, to: both },
    { name: 'an hour slow', event_time: nowMs - HOUR_MS, flag: null, to: both },
    {
      name: 'an hour fast, and says so',
      event_time: nowMs + HOUR_MS,
      sent_at: nowMs + HOUR_MS,
      flag: 'clock_corrected',
      to: ['gateway'],
    },
    {
      name: 'ten years fast, and says so',
      event_time: nowMs + YEARS_10_MS,
      sent_at: nowMs + YEARS_10_MS,
      flag: 'clock_corrected',
      to: ['gateway'],
    },
    { name: 'ten years fast', event_time: nowMs + YEARS_10_MS, flag: 'future_time', to: both },
    { name: 'ten years slow', event_time: nowMs - YEARS_10_MS, flag: 'ancient_time', to: both },
    { name: 'at the epoch', event_time: 0, flag: 'ancient_time', to: both },
    { name: 'negative', event_time: -1, flag: 'ancient_time', to: both },
    { name: 'in nanoseconds', event_time: nowMs * 1e6, flag: 'time_unit_converted', to: ['gateway'] },
    {
      name: 'in seconds',
      event_time: Math.floor(nowMs / 1_000),
      flag: 'time_unit_converted',
      to: ['gateway'],
    },
    { name: 'in the year 9999', event_time: '9999-12-31T00:00:00Z', flag: 'future_time', to: ['gateway'] },
  ];
}

interface Row {
  readonly id: string;
  readonly event: number;
  readonly received: number;
  readonly flags: readonly string[];
}

export const clockSkew: Lab = {
  name: 'clock-skew',
  title:
    'clocks that are an hour or ten years off, at the epoch, before it, in other units; over HTTP and straight to a topic',
  kind: 'input',
  passes: 'flagged by name, bounded to the years that are kept and a day ahead; the time of arrival is ours',
  takesMs: 90_000,
  async run(context) {
    const { fault, check, figure } = context;
    const nowMs = Date.now();
    const sent = await fault('wrong clocks', () => send(context, clocks(nowMs)));
    const ids = sent.map((s) => s.id);
    const columns =
      'toFloat64(toUnixTimestamp64Milli(event_time)) AS event, toFloat64(toUnixTimestamp64Milli(received_at)) AS received, flags';
    const rows = new Map(
      (await storedRows<Row>(context, 'product', ids, columns)).map((row) => [row.id, row]),
    );
    let right = 0;
    for (const { id, clock, by } of sent) {
      const row = rows.get(id);
      const problem = row === undefined ? 'not stored' : problemOf(row, clock, nowMs);
      right += Number(problem === null);
      check(`${by}, ${clock.name}: ${clock.flag ?? 'kept'}`, problem === null, problem ?? '');
    }
    figure('clocks_right', right);
  },
};

/** What is wrong with how a clock was taken; null for nothing. */
function problemOf(
  { event, received, flags }: Row,
  { flag, event_time }: Clock,
  nowMs: number,
): string | null {
  if (Math.abs(received - nowMs) > ARRIVAL_TOLERANCE_MS) return `received ${received - nowMs} ms from now`;
  if (event > received + FUTURE_MS || event < received - AGE_MS) return `event_time is ${event}`;
  const found = flags.join();
  if (flag === null) return found === '' && event === event_time ? null : `flags: ${found}`;
  return flags.includes(flag) ? null : `flags: ${found}`;
}

async function send(context: LabContext, all: readonly Clock[]) {
  const { target, book, random } = context;
  const sent: { id: string; clock: Clock; by: string }[] = [];
  for (const clock of all) {
    const { event_time, sent_at } = clock;
    const event = newEvent(context, { event_time, ...(sent_at === undefined ? {} : { sent_at }) });
    await post(context, { body: JSON.stringify(event) });
    sent.push({ id: event.event_id, clock, by: 'gateway' });
    if (!clock.to.includes('topic')) continue;
    const id = random.uuid();
    const own = { id, kind: 'product' as const, order: null, timeMs: Number(event_time), name: 'lab' };
    book.sent(own);
    const value = target.encoder.encode(
      'product.events.raw',
      toProductEvent({ ...own, user: `lab-${id.slice(0, 8)}`, note: '', requestId: id }),
    );
    await target.writer.write([{ topic: 'product.events.raw', key: Buffer.from(id), value }]);
    book.acknowledged(id);
    sent.push({ id, clock, by: 'topic' });
  }
  return sent;
}
