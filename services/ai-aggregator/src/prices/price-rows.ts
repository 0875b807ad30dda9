import { decimalText, type PriceEntry, readDecimal, type StoredPrice } from '@fineprint/pricing';

/** What these functions need of a Postgres client or pool. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** A price as it stands in the store, superseded ones too. */
export interface ListedPrice extends StoredPrice {
  readonly recordedAt: Date;
  readonly supersededAt: Date | null;
}

interface Row {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly tier: string;
  readonly region: string | null;
  readonly input: string;
  readonly cached_input: string | null;
  readonly cache_write: string | null;
  readonly output: string;
  readonly effective_from: Date;
  readonly effective_to: Date | null;
  readonly source: string;
  readonly recorded_at: Date;
  readonly superseded_at: Date | null;
}

const SELECT = `SELECT id::text, provider, model, service_tier AS tier, region, input_per_million::text AS input,
  cached_input_per_million::text AS cached_input, cache_write_per_million::text AS cache_write,
  output_per_million::text AS output, effective_from, effective_to, source, recorded_at, superseded_at
  FROM fineprint.ai_prices`;
const ORDER = 'ORDER BY provider, model, service_tier, region NULLS FIRST, effective_from, recorded_at, id';

/** The prices that are in force, in the sense that nothing newer is known of them. */
export async function loadPrices(database: Database): Promise<readonly StoredPrice[]> {
  const { rows } = await database.query(`${SELECT} WHERE superseded_at IS NULL ${ORDER}`);
  return (rows as Row[]).map(toPrice);
}

export interface PriceFilter {
  /** A part of the model's name. */
  readonly model?: string | undefined;
  /** Those whose range holds this moment. */
  readonly at?: Date | undefined;
  /** Superseded ones too. */
  readonly history?: boolean | undefined;
}

export async function listPrices(
  database: Database,
  filter: PriceFilter = {},
): Promise<readonly ListedPrice[]> {
  const { rows } = await database.query(
    `${SELECT} WHERE ($1::text IS NULL OR strpos(model, lower($1)) > 0)
       AND ($2::timestamptz IS NULL OR tstzrange(effective_from, effective_to) @> $2)
       AND ($3 OR superseded_at IS NULL) ${ORDER}`,
    [filter.model ?? null, filter.at ?? null, filter.history ?? false],
  );
  return (rows as Row[]).map(toPrice);
}

/** `recordedAt` as Postgres writes a timestamp. */
export async function insertPrice(database: Database, price: PriceEntry, recordedAt: string): Promise<void> {
  const decimal = (nanos: number | null) => (nanos === null ? null : decimalText(nanos));
  const { prices } = price;
  await database.query(
    `INSERT INTO fineprint.ai_prices (provider, model, service_tier, region, input_per_million, cached_input_per_million,
       cache_write_per_million, output_per_million, effective_from, effective_to, source, recorded_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      price.provider,
      price.model,
      price.tier,
      price.region,
      decimal(prices.input),
      decimal(prices.cachedInput),
      decimal(prices.cacheWrite),
      decimal(prices.output),
      new Date(price.fromMs),
      price.toMs === null ? null : new Date(price.toMs),
      price.source,
      recordedAt,
    ],
  );
}

function toPrice(row: Row): ListedPrice {
  return {
    id: row.id,
    provider: row.provider,
    model: row.model,
    tier: row.tier,
    region: row.region,
    prices: {
      input: nanosOf(row.input),
      cachedInput: row.cached_input === null ? null : nanosOf(row.cached_input),
      cacheWrite: row.cache_write === null ? null : nanosOf(row.cache_write),
      output: nanosOf(row.output),
    },
    fromMs: row.effective_from.getTime(),
    toMs: row.effective_to?.getTime() ?? null,
    source: row.source,
    recordedAt: row.recorded_at,
    supersededAt: row.superseded_at,
  };
}

function nanosOf(text: string): number {
  const decimal = readDecimal(text);
  if (!decimal.ok) throw new Error(`ai_prices holds a price that ${decimal.message}`);
  return decimal.nanos;
}
