export { decimalText, readDecimal } from './decimal.ts';
export { type ImportPlan, planImport, type StoredPrice } from './plan-import.ts';
export { PriceBook } from './price-book.ts';
export type { PriceEntry, TokenPrices } from './price-entry.ts';
export type { PriceProblem } from './price-problem.ts';
export {
  isNoPrice,
  MAX_COST_NANO_USD,
  type PricedRequest,
  priceRequest,
  type RequestCost,
  type Unpriced,
} from './price-request.ts';
export { MAX_ENTRIES, MAX_FILE_BYTES, readPriceFile } from './read-price-file.ts';
