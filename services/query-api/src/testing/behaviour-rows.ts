import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  type BehaviourEvent,
  createIdentityMap,
  fromProductEvent,
  type IdentityLink,
} from '@fineprint/behaviour';
import type { ProductEvent } from '@fineprint/schemas';
import { randomSource } from './ai-rows.ts';

const NOTHING: Omit<ProductEvent, 'event_id' | 'event_time'> = {
  kind: 'track',
  event_name: '',
  user_id: null,
  anonymous_id: null,
  session_id: null,
  source: 'query-itest',
  properties: '{}',
  context: '{}',
  client_event_time: null,
  flags: [],
  traits: null,
  page_url: null,
  page_title: null,
  page_referrer: null,
  funnel_name: null,
  step_name: null,
  step_order: null,
  conversion_type: null,
  conversion_value: null,
  currency: null,
  feature: null,
  engagement_action: null,
  engagement_duration_ms: null,
};

/** What a test sends, and who is who. */
export interface History {
  readonly events: readonly ProductEvent[];
  readonly links: readonly IdentityLink[];
}

/** The same events as the pure functions take them; those of nobody left out. */
export function resolved({ events, links }: History): BehaviourEvent[] {
  const identity = createIdentityMap(links);
  return events.flatMap((event) => {
    const subject = identity.subjectOf(event.user_id, event.anonymous_id);
    return subject === null ? [] : [fromProductEvent(event, subject)];
  });
}

const uuid = (random: () => number): string => {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
};

const CLICKSTREAM = new URL(
  '../../../../packages/behaviour/testdata/ecom-clickstream.csv.gz',
  import.meta.url,
);

/** The shop's real clickstream. A line's number leads its id, so that ties are told apart as in the reference. */
export function clickstreamHistory(run: string): History {
  const [, ...lines] = gunzipSync(readFileSync(CLICKSTREAM)).toString('utf8').trimEnd().split('\n');
  const events = lines.map((line, i): ProductEvent => {
    const [user = '', session = '', name = '', timestamp = ''] = line.split(',');
    return {
      ...NOTHING,
      event_id: `${i.toString(16).padStart(8, '0')}-0000-4000-8000-${run.padStart(12, '0')}`,
      event_time: Date.parse(`${timestamp.replace(' ', 'T')}Z`),
      event_name: name,
      user_id: `${run}-${user}`,
      session_id: session,
    };
  });
  return { events, links: [] };
}

const NAMES = ['signup', 'view', 'search', 'save', 'export'] as const;
const CURRENCIES = ['EUR', 'USD', null] as const;
const DAY_MS = 86_400_000;

export interface HistoryOptions {
  readonly run: string;
  readonly seed: number;
  readonly users: number;
  readonly fromMs: number;
  readonly days: number;
}

/** People who begin anonymous on up to two devices, some of them shared, and leave again; events tie and money has odd halves. */
export function generateHistory({ run, seed, users, fromMs, days }: HistoryOptions): History {
  const random = randomSource(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const events: ProductEvent[] = [];
  const links: IdentityLink[] = [];
  for (let user = 0; user < users; user++) {
    const userId = `${run}-u${user}`;
    const devices = [`${run}-d${user}`, `${run}-d${Math.floor(random() * users)}`];
    const firstMs = fromMs + Math.floor(random() * days) * DAY_MS;
    const stay = Math.ceil(random() * random() * days);
    const knownMs = random() < 0.7 ? firstMs + Math.floor(random() * 3 * DAY_MS) : Number.POSITIVE_INFINITY;
    if (Number.isFinite(knownMs)) {
      links.push({ anonymousId: pick(devices), userId, timeMs: knownMs });
      events.push({
        ...NOTHING,
        ...identify(random),
        event_id: uuid(random),
        event_time: knownMs,
        user_id: userId,
      });
    }
    const count = 1 + Math.floor(random() * 25);
    for (let i = 0; i < count; i++) {
      const day = Math.min(days - 1, Math.floor((firstMs - fromMs) / DAY_MS + random() * stay));
      // Few times of day, so that sessions form and events tie.
      const timeMs = fromMs + day * DAY_MS + Math.floor(random() * 40) * 12 * 60_000;
      const who = timeMs >= knownMs && random() < 0.8 ? { user_id: userId } : { anonymous_id: pick(devices) };
      events.push({
        ...NOTHING,
        ...actionOf(random, pick),
        ...who,
        event_id: uuid(random),
        event_time: timeMs,
      });
    }
  }
  return { events, links };
}

function identify(random: () => number): Partial<ProductEvent> {
  const plan =
    random() < 0.5 ? { plan: random() < 0.5 ? 'pro' : 'free' } : { team: { size: Math.floor(random() * 9) } };
  return { kind: 'identify', event_name: 'identify', traits: JSON.stringify(plan) };
}

function actionOf(random: () => number, pick: <T>(choices: readonly T[]) => T): Partial<ProductEvent> {
  const kind = random();
  if (kind < 0.1) {
    return {
      kind: 'conversion',
      event_name: 'purchase',
      conversion_value: pick([12.5, -3, 0.0000005, 99.99, 1 / 3, -0.0000025]),
      currency: pick(CURRENCIES),
    };
  }
  if (kind < 0.25) {
    const engagement_action = pick(['open', 'share', null]);
    return {
      kind: 'engagement',
      event_name: 'engaged',
      feature: pick(['reports', 'alerts']),
      engagement_action,
    };
  }
  const n = Math.floor(random() * 5);
  return {
    event_name: pick(NAMES),
    properties: JSON.stringify({ n, deep: { list: [n, String(n)], flag: n > 2 } }),
  };
}
