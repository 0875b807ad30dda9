export { type ImportOptions, importPrices } from './import-prices.ts';
export { type Database, type ListedPrice, listPrices, type PriceFilter } from './price-rows.ts';
