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

/**
 * People with up to two subscriptions in two currencies: begun, changed, cancelled, begun again, out of order, with events
 * in the same millisecond, payments told twice, amounts that are missing, negative or of many digits, and unknown spans.
 */
export function generateHistory({ run, seed, people, fromMs, days }: HistoryOptions): PlainEvent[] {
  const random = randomSource(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const id = () => {
    const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  const events: PlainEvent[] = [];
  for (let i = 0; i < people; i++) {
    const user = random() < 0.85 ? `${run}-u${i}` : null;
    const anonymous = user === null || random() < 0.3 ? `${run}-a${i}` : null;
    const currency = pick(['EUR', 'USD', null]);
    const firstMs = fromMs + Math.floor(random() * days * 0.8) * DAY_MS;
    const at = () => {
      const ms = firstMs + Math.floor(random() * random() * (fromMs + days * DAY_MS - firstMs));
      return random() < 0.2 ? ms - (ms % DAY_MS) : ms;
    };
    const add = (ms: number, given: Partial<PlainEvent> & Pick<PlainEvent, 'name'>) =>
      events.push({
        id: id(),
        ms,
        user,
        anonymous,
        kind: 'conversion',
        value: null,
        currency: null,
        feature: null,
        properties: {},
        ...given,
      });
    if (random() < 0.7) add(firstMs, { kind: 'track', name: pick(['signup', 'Signed Up']) });
    for (let n = Math.floor(random() * 12); n > 0; n--) {
      const subscription = pick<Record<string, string>>([{}, {}, { subscription_id: 's2' }]);
      const properties = { ...subscription, plan: pick(PLANS), interval: pick(SPANS) };
      const value = pick([29.99, 99.5, 1_200.333_333_5, 0, -5, null, Math.round(random() * 1e6) / 1e4]);
      const name = pick([
        'subscription',
        'subscription_started',
        'subscription_changed',
        'subscription_cancelled',
        'payment',
        'purchase',
        'refund',
      ]);
      const ms = at();
      if (random() < 0.2)
        add(ms, {
          kind: 'track',
          name,
          properties: {
            ...properties,
            ...(value === null ? {} : { value }),
            ...(currency === null ? {} : { currency }),
          },
        });
      else {
        const told =
          random() < 0.3 ? { ...properties, payment_id: `p${Math.floor(random() * 3)}` } : properties;
        add(ms, {
          name,
          value,
          currency: random() < 0.1 ? 'GBP' : currency,
          properties: told,
        });
        if (random() < 0.15) add(ms, { name, value, currency, properties: told });
      }
    }
    for (let n = Math.floor(random() * 15); n > 0; n--) {
      const way = random();
      if (way < 0.4) add(at(), { kind: 'engagement', name: 'engagement', feature: pick(FEATURES) });
      else if (way < 0.6)
        add(at(), { kind: 'track', name: 'Feature Used', properties: { feature: pick(FEATURES) } });
      else add(at(), { kind: 'track', name: pick(['view', 'activated', 'search']) });
    }
  }
  return events;
}
