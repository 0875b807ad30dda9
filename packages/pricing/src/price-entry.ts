/** Prices are whole billionths of a dollar for a million tokens: every list price is exact in it. */
export interface TokenPrices {
  readonly input: number;
  /** Of input tokens served from a cache; null bills them as other input. */
  readonly cachedInput: number | null;
  /** Of input tokens written to a cache. Kept for reading; requests do not tell them apart yet. */
  readonly cacheWrite: number | null;
  readonly output: number;
}

/** What a price is for. At any moment there is at most one price of a subject. */
export interface PriceSubject {
  readonly provider: string;
  /** A name, or with a `*` at its end all names that start so. Lower case, as all of these. */
  readonly model: string;
  readonly tier: string;
  /** null: any region that has no price of its own. */
  readonly region: string | null;
}

export interface PriceEntry extends PriceSubject {
  readonly prices: TokenPrices;
  /** The first moment it holds, epoch milliseconds. */
  readonly fromMs: number;
  /** The first moment it no longer holds; null while no end is known. */
  readonly toMs: number | null;
  /** Where it comes from, for people. */
  readonly source: string;
}

/** Equal for equal subjects only. */
export const subjectKey = ({ provider, model, tier, region }: PriceSubject): string =>
  JSON.stringify([provider, model, tier, region]);

export const endMs = ({ toMs }: Pick<PriceEntry, 'toMs'>): number => toMs ?? Number.POSITIVE_INFINITY;

export const overlap = (a: PriceEntry, b: PriceEntry): boolean =>
  a.fromMs < endMs(b) && b.fromMs < endMs(a) && subjectKey(a) === subjectKey(b);
