import { DAY_MS } from '../sql/buckets.ts';

/** An event as a test sends it. */
export interface PlainEvent {
  readonly id: string;
  readonly ms: number;
  readonly user: string | null;
  readonly anonymous: string | null;
  readonly kind: 'track' | 'conversion' | 'engagement';
  /** event_name, or the conversion_type of a conversion. */
  readonly name: string;
  readonly value: number | null;
  readonly currency: string | null;
  readonly feature: string | null;
  readonly properties: Readonly<Record<string, string | number>>;
}

/** The same numbers from the same seed (mulberry32). */
function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface HistoryOptions {
  readonly run: string;
  readonly seed: number;
  readonly people: number;
  readonly fromMs: number;
  readonly days: number;
}

const PLANS = ['starter', 'professional', 'team'] as const;
const SPANS = ['', 'month', 'year', 'quarter', 'week', 'fortnight'] as const;
const FEATURES = ['document_analysis', 'export', 'alerts'] as const;

const NAMES = [
  'subscription',
  'subscription_started',
  'subscription_changed',
  'subscription_cancelled',
  'payment',
  'purchase',
  'refund',
] as const;

type Random = () => number;
const pick = <T>(random: Random, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)] as T;
const idOf = (random: Random) => {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
};

interface Subject {
  readonly user: string | null;
  readonly anonymous: string | null;
  readonly currency: string | null;
  /** A moment of theirs; often midnight, so that some are the same. */
  readonly at: () => number;
}

const NOTHING = { kind: 'conversion', value: null, currency: null, feature: null, properties: {} } as const;

/** What changes a subscription or brings money, now and then told by `track`, or twice. */
function moneyEvents(random: Random, { user, anonymous, currency, at }: Subject): PlainEvent[] {
  const properties: Record<string, string> = {
    ...(random() < 0.3 ? { subscription_id: 's2' } : {}),
    ...(random() < 0.3 ? { payment_id: `p${Math.floor(random() * 3)}` } : {}),
    plan: pick(random, PLANS),
    interval: pick(random, SPANS),
  };
  const value = pick(random, [29.99, 99.5, 1_200.333_333_5, 0, -5, null, Math.round(random() * 1e6) / 1e4]);
  const event = { ...NOTHING, user, anonymous, ms: at(), name: pick(random, NAMES) };
  if (random() < 0.2) {
    const told = { ...(value === null ? {} : { value }), ...(currency === null ? {} : { currency }) };
    return [{ ...event, id: idOf(random), kind: 'track', properties: { ...properties, ...told } }];
  }
  const paid = { ...event, value, currency: random() < 0.1 ? 'GBP' : currency, properties };
  const once = { ...paid, id: idOf(random) };
  return random() < 0.15 ? [once, { ...paid, id: idOf(random) }] : [once];
}

function otherEvent(random: Random, { user, anonymous, at }: Subject): PlainEvent {
  const event = { ...NOTHING, user, anonymous, ms: at(), id: idOf(random) };
  const way = random();
  if (way < 0.4) return { ...event, kind: 'engagement', name: 'engagement', feature: pick(random, FEATURES) };
  if (way < 0.6)
    return { ...event, kind: 'track', name: 'Feature Used', properties: { feature: pick(random, FEATURES) } };
  return { ...event, kind: 'track', name: pick(random, ['view', 'activated', 'search']) };
}

/**
 * People with up to two subscriptions in two currencies: begun, changed, cancelled, begun again, out of order, with events
 * in the same millisecond, payments told twice, amounts that are missing, negative or of many digits, and unknown spans.
 */
export function generateHistory({ run, seed, people, fromMs, days }: HistoryOptions): PlainEvent[] {
  const random = randomSource(seed);
  const endMs = fromMs + days * DAY_MS;
  return Array.from({ length: people }, (_, i) => {
    const firstMs = fromMs + Math.floor(random() * days * 0.8) * DAY_MS;
    const user = random() < 0.85 ? `${run}-u${i}` : null;
    const subject: Subject = {
      user,
      anonymous: user === null || random() < 0.3 ? `${run}-a${i}` : null,
      currency: pick(random, ['EUR', 'USD', null]),
      at() {
        const ms = firstMs + Math.floor(random() * random() * (endMs - firstMs));
        return random() < 0.2 ? ms - (ms % DAY_MS) : ms;
      },
    };
    const { anonymous } = subject;
    const signup: PlainEvent = {
      ...NOTHING,
      id: idOf(random),
      ms: firstMs,
      user,
      anonymous,
      kind: 'track',
      name: pick(random, ['signup', 'Signed Up']),
    };
    return [
      ...(random() < 0.7 ? [signup] : []),
      ...Array.from({ length: Math.floor(random() * 12) }, () => moneyEvents(random, subject)).flat(),
      ...Array.from({ length: Math.floor(random() * 15) }, () => otherEvent(random, subject)),
    ];
  }).flat();
}
