export { clickhouse } from './clickhouse.ts';
export { type Convention, DEFAULT_CONVENTION, readConvention } from './convention.ts';
export type { Dialect } from './dialect.ts';
export { type Family, families } from './families.ts';
export { type Figure, figures } from './figures.ts';
export { captureStatement, type RunMode, rangeOfRun, type Statement, statementsFor } from './materialize.ts';
export { snowflake } from './snowflake.ts';
export { type Buckets, bucketsOf, DAY_MS, type Granularity, HOUR_MS } from './sql/buckets.ts';
