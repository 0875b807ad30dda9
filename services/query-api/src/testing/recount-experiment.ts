import { mean, sumOf } from './recompute.ts';

/** A row as a test writes it. */
export interface Happening {
  readonly table: 'ai_requests' | 'product_events';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly user_id?: string | null;
  readonly anonymous_id?: string | null;
  readonly session_id?: string | null;
  readonly kind?: string;
  readonly event_name?: string;
  readonly properties?: string;
  readonly conversion_type?: string | null;
  readonly conversion_value?: number | null;
  readonly currency?: string | null;
  readonly model_name?: string;
  readonly model_version?: string;
  readonly success?: boolean;
  readonly latency_ms?: number | null;
  readonly total_tokens?: number;
  readonly experiment_id?: string | null;
  readonly variant?: string | null;
}

export interface Recounted {
  readonly n: number;
  readonly conversions: number | null;
  readonly mean: number;
  readonly variance: number;
}

interface Asked {
  readonly id: string;
  readonly unit: 'user' | 'session';
  readonly fromMs: number;
  readonly toMs: number;
  readonly variants: readonly string[];
  /** Anonymous id → user. */
  readonly owners: ReadonlyMap<string, string>;
}

/** The same figures as the API's, counted plainly: unit by unit, happening by happening. */
export function recount(all: readonly Happening[], asked: Asked) {
  const unitOf = (h: Happening): string | null => {
    if (asked.unit === 'session') return h.session_id ?? null;
    if (h.user_id != null) return `u:${h.user_id}`;
    if (h.anonymous_id == null) return null;
    const owner = asked.owners.get(h.anonymous_id);
    return owner === undefined ? `a:${h.anonymous_id}` : `u:${owner}`;
  };
  const inTime = all.filter((h) => h.at >= asked.fromMs && h.at < asked.toMs);
  const exposures = inTime.flatMap((h) => {
    const variant = exposedTo(h, asked.id);
    return variant === null ? [] : [{ unit: unitOf(h), variant, at: h.at }];
  });
  const units = Map.groupBy(
    exposures.filter((e) => e.unit !== null),
    (e) => e.unit ?? '',
  );
  const standing = [...units].map(([unit, seen]) => {
    const variants = [...new Set(seen.map((e) => e.variant))];
    const [variant = ''] = variants;
    const state = variants.length > 1 ? 'crossed' : asked.variants.includes(variant) ? 'counted' : 'unknown';
    return { unit, variant, state, since: Math.min(...seen.map((e) => e.at)) };
  });
  const counted = (variant: string) => standing.filter((s) => s.state === 'counted' && s.variant === variant);
  const happenings = Map.groupBy(inTime, unitOf);
  return {
    units: asked.variants.map((variant) => counted(variant).length),
    leftOut: {
      crossed_units: standing.filter((s) => s.state === 'crossed').length,
      unknown_variant_units: standing.filter((s) => s.state === 'unknown').length,
      exposures_of_nobody: exposures.filter((e) => e.unit === null).length,
    },
    metric: (source: string, kind: 'conversion' | 'mean'): Recounted[] =>
      asked.variants.map((variant) => {
        const values = counted(variant).map(({ unit, since }) =>
          unitValue(
            source,
            kind,
            (happenings.get(unit) ?? []).filter((h) => h.at >= since),
          ),
        );
        return summary(values, kind);
      }),
  };
}

function exposedTo(h: Happening, id: string): string | null {
  if (h.table === 'ai_requests') return h.experiment_id === id ? (h.variant ?? null) : null;
  if (h.event_name !== 'Experiment Exposure') return null;
  const { experiment_id, variant } = JSON.parse(h.properties ?? '{}') as Record<string, string | null>;
  return experiment_id === id ? (variant ?? null) : null;
}

/** What one unit did after its exposure; null where it has no value. */
function unitValue(source: string, kind: string, after: readonly Happening[]): number | null {
  if (source.startsWith('ai.')) {
    const field = source.slice(3) as 'success' | 'latency_ms' | 'total_tokens';
    const values = after
      .filter((h) => h.table === 'ai_requests')
      .flatMap((h) => (h[field] == null ? [] : [Number(h[field])]));
    return kind === 'conversion' ? Math.max(0, ...values) : mean(values);
  }
  const [, name = '', sums] = /^event:(.+?)(\.value)?$/.exec(source) ?? [];
  const meant = after.filter(
    (h) => h.table === 'product_events' && (h.event_name === name || h.conversion_type === name),
  );
  if (sums !== undefined) return sumOf(meant.map((h) => h.conversion_value ?? 0)) ?? 0;
  return kind === 'conversion' ? Math.min(1, meant.length) : meant.length;
}

function summary(values: readonly (number | null)[], kind: 'conversion' | 'mean'): Recounted {
  const known = values.filter((v) => v !== null);
  const average = mean(known) ?? 0;
  const squares = known.map((v) => (v - average) ** 2);
  return {
    n: known.length,
    conversions: kind === 'conversion' ? known.filter((v) => v > 0).length : null,
    mean: average,
    variance: known.length < 2 ? 0 : (sumOf(squares) ?? 0) / (known.length - 1),
  };
}
