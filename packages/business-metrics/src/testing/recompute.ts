import type { Convention } from '../convention.ts';
import { type Buckets, DAY_MS, sizeMs } from '../sql/buckets.ts';
import type { PlainEvent } from './history.ts';

/**
 * The figures by their definitions, one period after the other and each from the start: slow, and written without a look at
 * the SQL. Tests compare.
 */

type Person = (event: PlainEvent) => string;

interface Money {
  readonly event: PlainEvent;
  readonly person: string;
  readonly micros: bigint | null;
  readonly currency: string;
  readonly plan: string;
}

const text = (event: PlainEvent, name: string): string => {
  const value = event.properties[name];
  return typeof value === 'string' ? value : '';
};

function moneyOf(event: PlainEvent, person: Person): Money {
  const given = event.kind === 'conversion' ? event.value : event.properties['value'];
  const currency = event.kind === 'conversion' ? (event.currency ?? '') : text(event, 'currency');
  const micros =
    typeof given === 'number' && Math.abs(given) <= 1e15 ? BigInt(Math.round(given * 1e6)) : null;
  return { event, person: person(event), micros, currency: currency || 'XXX', plan: text(event, 'plan') };
}

/** Twelfths, thirds and so on of an amount, halves up. */
const share = (micros: bigint, times: bigint, by: bigint) => (micros * times * 2n + by) / (by * 2n);

function monthlyOf({ event, micros }: Money): bigint | null {
  if (micros === null || micros < 0n) return null;
  const span = text(event, 'interval');
  if (span === '' || span === 'month') return micros;
  if (span === 'year') return share(micros, 1n, 12n);
  if (span === 'quarter') return share(micros, 1n, 3n);
  if (span === 'week') return share(micros, 13n, 3n);
  return null;
}

const byTime = (a: PlainEvent, b: PlainEvent) => a.ms - b.ms || (a.id < b.id ? -1 : 1);
const decimal = (micros: bigint): string => {
  const digits = (micros < 0n ? -micros : micros).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${micros < 0n ? '-' : ''}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
};

interface Paying {
  readonly mrr: bigint;
  readonly currency: string;
  readonly plan: string;
}

/** Goes through what sets subscriptions, in order; tells each step what the subscription was and is. */
function walk(
  events: readonly PlainEvent[],
  c: Convention,
  person: Person,
  step: (of: { ms: number; person: string; before: Paying | null; after: Paying | null }) => void,
): void {
  const state = new Map<string, Paying>();
  for (const event of [...events].sort(byTime)) {
    const money = moneyOf(event, person);
    const key = JSON.stringify([money.person, text(event, 'subscription_id')]);
    const before = state.get(key) ?? null;
    if (c.cancelled.includes(event.name)) {
      state.delete(key);
      step({ ms: event.ms, person: money.person, before, after: null });
    } else if ([...c.started, ...c.changed].includes(event.name)) {
      const mrr = monthlyOf(money);
      if (mrr === null) continue;
      const after = { mrr, currency: money.currency, plan: money.plan };
      state.set(key, after);
      step({ ms: event.ms, person: money.person, before, after });
    }
  }
}

export interface RevenueRow {
  readonly bucket: number;
  readonly currency: string;
  readonly figures: Readonly<Record<string, string | number>>;
}

interface Flow {
  readonly ms: number;
  readonly currency: string;
  readonly kind: 'new' | 'reactivation' | 'expansion' | 'contraction' | 'churn';
  readonly micros: bigint;
}

function flowsOf(events: readonly PlainEvent[], c: Convention, person: Person): Flow[] {
  const totals = new Map<string, bigint>();
  const paidOnce = new Set<string>();
  const flows: Flow[] = [];
  const add = (ms: number, who: string, currency: string, delta: bigint) => {
    if (delta === 0n) return;
    const key = JSON.stringify([who, currency]);
    const before = totals.get(key) ?? 0n;
    const after = before + delta;
    totals.set(key, after);
    const micros = delta < 0n ? -delta : delta;
    const kind =
      before === 0n
        ? paidOnce.has(key)
          ? 'reactivation'
          : 'new'
        : after === 0n
          ? 'churn'
          : after > before
            ? 'expansion'
            : 'contraction';
    paidOnce.add(key);
    flows.push({ ms, currency, kind, micros });
  };
  walk(events, c, person, ({ ms, person: who, before, after }) => {
    if (before !== null && before.currency === after?.currency) {
      add(ms, who, after.currency, after.mrr - before.mrr);
      return;
    }
    if (before !== null) add(ms, who, before.currency, -before.mrr);
    if (after !== null) add(ms, who, after.currency, after.mrr);
  });
  return flows;
}

/** What is paid per month at a moment, and by how many people; from the state then, not from changes. */
function standingAt(
  events: readonly PlainEvent[],
  c: Convention,
  person: Person,
  ms: number,
  currency: string,
) {
  const state = new Map<string, Map<number, Paying>>();
  const subscriptions = new Map<string, number>();
  for (const event of [...events].filter((e) => e.ms < ms).sort(byTime)) {
    const money = moneyOf(event, person);
    const key = JSON.stringify([money.person, text(event, 'subscription_id')]);
    const place = subscriptions.get(key) ?? subscriptions.size;
    subscriptions.set(key, place);
    const own = state.get(money.person) ?? new Map<number, Paying>();
    state.set(money.person, own);
    const mrr = monthlyOf(money);
    if (c.cancelled.includes(event.name)) own.delete(place);
    else if ([...c.started, ...c.changed].includes(event.name) && mrr !== null)
      own.set(place, { mrr, currency: money.currency, plan: money.plan });
  }
  const sums = [...state.values()].map((own) =>
    [...own.values()].filter((s) => s.currency === currency).reduce((sum, s) => sum + s.mrr, 0n),
  );
  return { mrr: sums.reduce((a, b) => a + b, 0n), customers: sums.filter((s) => s > 0n).length };
}

/** Payments and refunds, each payment once. */
function cashOf(events: readonly PlainEvent[], c: Convention, person: Person) {
  const seen = new Set<string>();
  return [...events].sort(byTime).flatMap((event) => {
    const refund = c.refund.includes(event.name);
    const { micros, currency, person: who } = moneyOf(event, person);
    if (micros === null || !(refund || c.payment.includes(event.name))) return [];
    const key = JSON.stringify([who, refund, text(event, 'payment_id') || event.id]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [
      { ms: event.ms, currency, refund: refund || micros < 0n, micros: micros < 0n ? -micros : micros },
    ];
  });
}

const isIgnored = (event: PlainEvent, c: Convention, person: Person): boolean => {
  const money = moneyOf(event, person);
  if (c.cancelled.includes(event.name)) return false;
  if ([...c.started, ...c.changed].includes(event.name)) return monthlyOf(money) === null;
  return [...c.payment, ...c.refund].includes(event.name) && money.micros === null;
};

export function recomputeRevenue(
  events: readonly PlainEvent[],
  c: Convention,
  person: Person,
  buckets: Buckets,
): RevenueRow[] {
  const size = sizeMs(buckets.granularity);
  const end = (buckets.first + buckets.count) * size;
  const flows = flowsOf(events, c, person).filter(({ ms }) => ms < end);
  const cash = cashOf(events, c, person);
  const from = buckets.first * size;
  const currencies = new Set([
    ...flows.map((f) => f.currency),
    ...cash.filter(({ ms }) => ms >= from && ms < end).map((f) => f.currency),
  ]);
  const rows: RevenueRow[] = [];
  for (let bucket = buckets.first; bucket < buckets.first + buckets.count; bucket++) {
    const within = ({ ms }: { ms: number }) => Math.floor(ms / size) === bucket;
    for (const currency of [...currencies, '']) {
      const own = flows.filter((f) => within(f) && f.currency === currency);
      const paid = cash.filter((p) => within(p) && p.currency === currency);
      const sum = (list: readonly { micros: bigint }[]) =>
        decimal(list.reduce((s, { micros }) => s + micros, 0n));
      const { mrr, customers } = standingAt(events, c, person, (bucket + 1) * size, currency);
      const kinds = (['new', 'reactivation', 'expansion', 'contraction', 'churn'] as const).flatMap(
        (kind): [string, string | number][] => {
          const those = own.filter((f) => f.kind === kind);
          return [
            [`${kind}_mrr`, sum(those)],
            [`${kind}_customers`, those.length],
          ];
        },
      );
      rows.push({
        bucket,
        currency,
        figures: {
          mrr_start: decimal(standingAt(events, c, person, bucket * size, currency).mrr),
          mrr_end: decimal(mrr),
          customers,
          ...Object.fromEntries(kinds),
          payments: sum(paid.filter((p) => !p.refund)),
          refunds: sum(paid.filter((p) => p.refund)),
          payment_count: paid.filter((p) => !p.refund).length,
          refund_count: paid.filter((p) => p.refund).length,
          ignored_events:
            currency === '' ? events.filter((e) => within(e) && isIgnored(e, c, person)).length : 0,
        },
      });
    }
  }
  return rows.filter(
    ({ currency, figures }) => currency === '' || Object.values(figures).some((value) => Number(value) > 0),
  );
}

export interface PlanRow {
  readonly bucket: number;
  readonly currency: string;
  readonly plan: string;
  readonly mrr: string;
  readonly subscriptions: number;
}

export function recomputePlans(
  events: readonly PlainEvent[],
  c: Convention,
  person: Person,
  buckets: Buckets,
): PlanRow[] {
  const size = sizeMs(buckets.granularity);
  return Array.from({ length: buckets.count }, (_, i) => buckets.first + i).flatMap((bucket) => {
    const state = new Map<string, Paying>();
    for (const event of [...events].filter((e) => e.ms < (bucket + 1) * size).sort(byTime)) {
      const money = moneyOf(event, person);
      const key = JSON.stringify([money.person, text(event, 'subscription_id')]);
      const mrr = monthlyOf(money);
      if (c.cancelled.includes(event.name)) state.delete(key);
      else if ([...c.started, ...c.changed].includes(event.name) && mrr !== null)
        state.set(key, { mrr, currency: money.currency, plan: money.plan });
    }
    const paying = [...state.values()].filter(({ mrr }) => mrr > 0n);
    return [...Map.groupBy(paying, (s) => JSON.stringify([s.currency, s.plan]))].map(([key, own]) => {
      const [currency = '', plan = ''] = JSON.parse(key) as string[];
      const mrr = decimal(own.reduce((s, p) => s + p.mrr, 0n));
      return { bucket, currency, plan, mrr, subscriptions: own.length };
    });
  });
}

export interface GrowthRow {
  readonly bucket: number;
  readonly figures: Readonly<Record<string, number | null>>;
}

export function recomputeGrowth(
  events: readonly PlainEvent[],
  c: Convention,
  person: Person,
  buckets: Buckets,
): GrowthRow[] {
  const size = sizeMs(buckets.granularity);
  const people = [...Map.groupBy(events, person)].map(([, own]) => {
    const times = own.map((e) => e.ms).sort((a, b) => a - b);
    const signups = own.filter((e) => c.signup.includes(e.name)).map((e) => e.ms);
    const signup = signups.length === 0 ? null : Math.min(...signups);
    const acts = own
      .filter((e) => c.activation.includes(e.name))
      .map((e) => e.ms)
      .filter((ms) => signup !== null && ms >= signup && ms < signup + c.activationWindowDays * DAY_MS);
    return { times, signup, activation: acts.length === 0 ? null : Math.min(...acts) };
  });
  return Array.from({ length: buckets.count }, (_, i) => {
    const bucket = buckets.first + i;
    const end = (bucket + 1) * size;
    const within = (ms: number | null | undefined) => ms != null && ms >= bucket * size && ms < end;
    const count = (test: (of: (typeof people)[number]) => boolean) => people.filter(test).length;
    const active = (times: readonly number[], endMs: number, days: number) =>
      times.some((ms) => ms < endMs && ms >= endMs - days * DAY_MS);
    const isDay = buckets.granularity === 'day';
    const ofDays = (test: (of: (typeof people)[number]) => boolean) => (isDay ? count(test) : null);
    return {
      bucket,
      figures: {
        active_users: count(({ times }) => times.some(within)),
        new_users: count(({ times }) => within(times[0])),
        signups: count(({ signup }) => within(signup)),
        activations: count(({ activation }) => within(activation)),
        activated_signups: count(({ signup, activation }) => within(signup) && activation !== null),
        wau: ofDays(({ times }) => active(times, end, 7)),
        mau: ofDays(({ times }) => active(times, end, 30)),
        resurrected_users: ofDays(
          ({ times }) =>
            active(times, end, 30) && !active(times, end - DAY_MS, 30) && (times[0] ?? 0) < bucket * size,
        ),
        lost_users: ofDays(({ times }) => !active(times, end, 30) && active(times, end - DAY_MS, 30)),
      },
    };
  });
}

export interface UsageRow {
  readonly bucket: number;
  readonly scope: string;
  readonly plan: string;
  readonly feature: string;
  readonly events: number;
  readonly users: number;
}

export function recomputeUsage(
  events: readonly PlainEvent[],
  c: Convention,
  person: Person,
  buckets: Buckets,
): UsageRow[] {
  const size = sizeMs(buckets.granularity);
  const rows: UsageRow[] = [];
  for (let bucket = buckets.first; bucket < buckets.first + buckets.count; bucket++) {
    const planOf = new Map<string, string>();
    walk(
      events.filter((e) => e.ms < (bucket + 1) * size),
      c,
      person,
      ({ person: who, after }) => planOf.set(who, after !== null && after.mrr > 0n ? after.plan : ''),
    );
    const own = events
      .filter((e) => Math.floor(e.ms / size) === bucket)
      .map((e) => ({
        who: person(e),
        plan: planOf.get(person(e)) ?? '',
        feature:
          e.kind === 'engagement'
            ? (e.feature ?? '')
            : c.featureUse.includes(e.name)
              ? text(e, 'feature')
              : '',
      }));
    const used = own.filter(({ feature }) => feature !== '');
    const add = (scope: string, list: typeof own, key: (of: (typeof own)[number]) => [string, string]) => {
      for (const [name, group] of Map.groupBy(list, (of) => JSON.stringify(key(of)))) {
        const [plan = '', feature = ''] = JSON.parse(name) as string[];
        const users = new Set(group.map(({ who }) => who)).size;
        rows.push({ bucket, scope, plan, feature, events: group.length, users });
      }
    };
    add('all', own, () => ['', '']);
    add('plan', own, ({ plan }) => [plan, '']);
    add('feature', used, ({ feature }) => ['', feature]);
    add('plan_feature', used, ({ plan, feature }) => [plan, feature]);
    if (own.length === 0) rows.push({ bucket, scope: 'all', plan: '', feature: '', events: 0, users: 0 });
  }
  return rows;
}
