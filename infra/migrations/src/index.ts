export { type ClickHouseMigrationSettings, migrateClickHouse } from './clickhouse.ts';
export { type Migration, MigrationError, planMigrations } from './plan-migrations.ts';
export { migratePostgres } from './postgres.ts';
export { readMigrations } from './read-migrations.ts';
export { migrateSnowflake } from './snowflake.ts';
