import { endMs, type PriceEntry } from './price-entry.ts';
import { STANDARD_TIER } from './read-entry.ts';

/** What decides which price list a request falls under. */
export interface PricedSeries {
  readonly model_name: string;
  readonly model_version: string;
  readonly provider: string | null;
  readonly service_tier: string | null;
  readonly region: string | null;
}

/** Why a request has no price. Stable: metrics name them. */
export type NoPrice =
  | 'unknown_model'
  | 'ambiguous_provider' // it names no provider, and several have the model
  | 'unknown_tier'
  | 'unknown_region'
  | 'no_price_at_time';

/** The prices of one model of one provider, as one pattern names them. */
interface Offer {
  readonly provider: string;
  /** The pattern without its `*`. */
  readonly literal: string;
  readonly isPrefix: boolean;
  readonly entries: PriceEntry[];
}

const MAX_NAME = 200;
/** Series whose offer is remembered; beyond, all are forgotten and found again. */
const MAX_REMEMBERED = 10_000;

/**
 * Finds the price of a request. The most specific name that fits decides alone, whatever tiers and times it has: a price of
 * a neighbouring model is worse than none.
 */
export class PriceBook {
  readonly size: number;
  readonly #offers: readonly Offer[];
  readonly #remembered = new Map<string, readonly PriceEntry[] | NoPrice>();

  constructor(entries: readonly PriceEntry[]) {
    this.size = entries.length;
    const offers = Map.groupBy(entries, (e) => JSON.stringify([e.provider, e.model]));
    this.#offers = [...offers.values()].flatMap((all): Offer[] => {
      const [first] = all;
      if (first === undefined) return [];
      const { provider, model } = first;
      const isPrefix = model.endsWith('*');
      return [{ provider, literal: isPrefix ? model.slice(0, -1) : model, isPrefix, entries: all }];
    });
  }

  /** The price in force at a moment. */
  find(series: PricedSeries, timeMs: number): PriceEntry | NoPrice {
    const candidates = this.#candidates(series);
    if (typeof candidates === 'string') return candidates;
    return candidates.find((e) => e.fromMs <= timeMs && timeMs < endMs(e)) ?? 'no_price_at_time';
  }

  #candidates(series: PricedSeries): readonly PriceEntry[] | NoPrice {
    const { model_name, model_version, provider, service_tier, region } = series;
    // No entry has such a name, and remembering it would cost its length.
    const names = [model_name, model_version, provider, service_tier, region];
    if (names.some((n) => n !== null && n.length > MAX_NAME)) return 'unknown_model';
    const key = JSON.stringify(names);
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const found = this.#search(series);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, found);
    return found;
  }

  #search(series: PricedSeries): readonly PriceEntry[] | NoPrice {
    const offers = this.#mostSpecific(series);
    const [offer] = offers;
    if (offer === undefined) return 'unknown_model';
    if (offers.length > 1) return 'ambiguous_provider';
    const tier = tierOf(series.service_tier);
    const ofTier = offer.entries.filter((e) => e.tier === tier);
    if (ofTier.length === 0) return 'unknown_tier';
    const region = lower(series.region);
    const inRegion = ofTier.filter((e) => e.region === null || e.region === region);
    if (inRegion.length === 0) return 'unknown_region';
    // A region's own price goes before one for any region.
    return inRegion.sort((a, b) => Number(a.region === null) - Number(b.region === null));
  }

  /** More than one only where the request names no provider. */
  #mostSpecific({ model_name, model_version, provider }: PricedSeries): Offer[] {
    const name = model_name.toLowerCase();
    const full = model_version === '' ? name : `${name}-${model_version.toLowerCase()}`;
    const wanted = lower(provider);
    let best: Offer[] = [];
    let bestRank = 0;
    for (const offer of this.#offers) {
      if (wanted !== null && offer.provider !== wanted) continue;
      const rank = rankOf(offer, name, full);
      if (rank > bestRank) best = [];
      if (rank > 0 && rank >= bestRank) best.push(offer);
      bestRank = Math.max(bestRank, rank);
    }
    return best;
  }
}

/** The longer the matched text, the more specific; a whole name goes before a prefix as long. 0: does not fit. */
function rankOf({ literal, isPrefix }: Offer, name: string, full: string): number {
  if (isPrefix) return full.startsWith(literal) ? 2 * literal.length : 0;
  return literal === full || literal === name ? 2 * literal.length + 1 : 0;
}

const lower = (text: string | null): string | null =>
  text === null || text === '' ? null : text.toLowerCase();

/** Providers call the standard tier `default` in their answers. */
function tierOf(given: string | null): string {
  const tier = lower(given);
  return tier === null || tier === 'default' ? STANDARD_TIER : tier;
}
