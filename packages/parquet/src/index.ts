export { CheckedCopy, type CopySummary } from './checked-copy.ts';
export { createParquetCounter } from './count-parquet.ts';
export type { RowCounter } from './row-counter.ts';
