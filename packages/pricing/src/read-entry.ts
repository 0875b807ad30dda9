import { readDecimal } from './decimal.ts';
import type { PriceEntry, TokenPrices } from './price-entry.ts';
import type { PriceProblem, PriceProblemCode } from './price-problem.ts';

const FIELDS = [
  'provider',
  'model',
  'service_tier',
  'region',
  'input',
  'cached_input',
  'cache_write',
  'output',
  'tier_multipliers',
  'effective_from',
  'effective_to',
  'source',
] as const;
type Field = (typeof FIELDS)[number];

export const STANDARD_TIER = 'standard';
const MAX_NAME = 200;
const MAX_SOURCE = 500;
const MAX_MULTIPLIER = 100;
const NANOS = 1_000_000_000n;
const NAME = /^[^\p{Cc}*]+$/u;
const MODEL = /^[^\p{Cc}*]+\*?$/u;
/** An instant with its zone, or a day, which begins in UTC. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

export type Report = (code: PriceProblemCode, field: string, message: string) => void;

/** One entry of a file: the price itself, and one more for each tier that is told as a multiple of it. */
export function readEntry(given: unknown, path: string, defaultSource: string, problems: PriceProblem[]) {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    problems.push({ code: 'wrong_type', path, message: 'is not an object' });
    return [];
  }
  const before = problems.length;
  const report: Report = (code, field, message) =>
    problems.push({ code, path: field === '' ? path : `${path}.${field}`, message });
  const fields = given as Readonly<Partial<Record<Field, unknown>>>;
  for (const name of Object.keys(given))
    if (!(FIELDS as readonly string[]).includes(name))
      report('unknown_field', name, 'is no field of a price');
  const base = {
    provider: readText(fields, 'provider', NAME, MAX_NAME, report).toLowerCase(),
    model: readText(fields, 'model', MODEL, MAX_NAME, report).toLowerCase(),
    tier: (fields.service_tier === undefined
      ? STANDARD_TIER
      : readText(fields, 'service_tier', NAME, MAX_NAME, report)
    ).toLowerCase(),
    region: isAbsent(fields.region) ? null : readText(fields, 'region', NAME, MAX_NAME, report).toLowerCase(),
    prices: {
      input: readPrice(fields, 'input', report),
      cachedInput: isAbsent(fields.cached_input) ? null : readPrice(fields, 'cached_input', report),
      cacheWrite: isAbsent(fields.cache_write) ? null : readPrice(fields, 'cache_write', report),
      output: readPrice(fields, 'output', report),
    },
    fromMs: readTime(fields, 'effective_from', report),
    toMs: isAbsent(fields.effective_to) ? null : readTime(fields, 'effective_to', report),
    source: isAbsent(fields.source)
      ? defaultSource
      : readText(fields, 'source', /^\P{Cc}+$/u, MAX_SOURCE, report),
  } satisfies PriceEntry;
  if (base.toMs !== null && base.toMs <= base.fromMs)
    report('empty_range', 'effective_to', 'is not after effective_from');
  const tiers = readTiers(fields.tier_multipliers, base, report);
  return problems.length === before ? [base, ...tiers] : [];
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

type Fields = Readonly<Partial<Record<Field, unknown>>>;

function readText(fields: Fields, field: Field, form: RegExp, max: number, report: Report): string {
  const value = fields[field];
  if (value === undefined) report('missing_field', field, 'is missing');
  else if (typeof value !== 'string') report('wrong_type', field, 'is not text');
  else if (value.length > max || !form.test(value))
    report('invalid_text', field, `is not a text of 1 to ${max} characters that stands here`);
  else return value;
  return '';
}

function readPrice(fields: Fields, field: Field, report: Report): number {
  const value = fields[field];
  if (value === undefined) {
    report('missing_field', field, 'is missing');
    return 0;
  }
  const decimal = readDecimal(value);
  if (decimal.ok) return decimal.nanos;
  report(decimal.code, field, decimal.message);
  return 0;
}

function readTime(fields: Fields, field: Field, report: Report): number {
  const value = fields[field];
  if (value === undefined) {
    report('missing_field', field, 'is missing');
    return 0;
  }
  const timeMs = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : Number.NaN;
  // Date.parse moves 30 February into March; the day that comes out must be the one that stood there.
  const isDay = typeof value === 'string' && value.length === 10;
  if (!Number.isNaN(timeMs) && (!isDay || new Date(timeMs).toISOString().startsWith(value))) return timeMs;
  report('invalid_time', field, 'is neither a day (2025-06-01) nor a time with its zone');
  return 0;
}

function readTiers(given: unknown, base: PriceEntry, report: Report): PriceEntry[] {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    report('wrong_type', 'tier_multipliers', 'is not an object of tier to multiplier');
    return [];
  }
  return Object.entries(given).flatMap(([name, value]) => {
    const field = `tier_multipliers.${name}`;
    if (name.length > MAX_NAME || !NAME.test(name))
      report('invalid_text', 'tier_multipliers', 'names no tier');
    const factor = readDecimal(value, MAX_MULTIPLIER);
    if (!factor.ok) {
      report(factor.code, field, factor.message);
      return [];
    }
    const prices = multiply(base.prices, factor.nanos);
    if (prices === null) {
      report('too_precise', field, 'gives a price that is no whole billionth of a dollar');
      return [];
    }
    return [{ ...base, tier: name.toLowerCase(), prices }];
  });
}

/** null where a product is not exact. */
function multiply(prices: TokenPrices, factorNanos: number): TokenPrices | null {
  const times = (price: number): number => {
    const product = BigInt(price) * BigInt(factorNanos);
    return product % NANOS === 0n ? Number(product / NANOS) : Number.NaN;
  };
  const product = {
    input: times(prices.input),
    cachedInput: prices.cachedInput === null ? null : times(prices.cachedInput),
    cacheWrite: prices.cacheWrite === null ? null : times(prices.cacheWrite),
    output: times(prices.output),
  };
  return Object.values(product).some(Number.isNaN) ? null : product;
}
