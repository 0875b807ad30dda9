import { quoteIdentifier } from './sql.ts';
import type { FaceUser } from './users-file.ts';

/** Filtered by the engine to what the user may see, or about the engine only; none holds other users' query texts. */
const READABLE_SYSTEM_TABLES = [
  'numbers',
  'numbers_mt',
  'zeros',
  'processes',
  'parts',
  'parts_columns',
  'detached_parts',
  'projections',
  'projection_parts',
  'merges',
  'mutations',
  'data_skipping_indices',
  'dictionaries',
  'metrics',
  'events',
  'asynchronous_metrics',
  'disks',
  'clusters',
  'macros',
  'table_engines',
  'table_functions',
  'data_type_families',
  'collations',
  'merge_tree_settings',
  'view_refreshes',
  'quota_usage',
  'current_roles',
  'enabled_roles',
  'time_zones',
  'build_options',
  'licenses',
  'graphite_retentions',
] as const;

/** Engines that keep their data in this server. One that reaches files or other systems is never granted. */
const TABLE_ENGINES = [
  'MergeTree',
  'ReplacingMergeTree',
  'SummingMergeTree',
  'AggregatingMergeTree',
  'CollapsingMergeTree',
  'VersionedCollapsingMergeTree',
  'CoalescingMergeTree',
  'GraphiteMergeTree',
  'TimeSeries',
  'EmbeddedRocksDB',
  'Memory',
  'Log',
  'TinyLog',
  'StripeLog',
  'Set',
  'Join',
  'Buffer',
  'Merge',
  'Null',
  'Alias',
  'Dictionary',
  'View',
  'MaterializedView',
  'WindowView',
  'GenerateRandom',
  'Loop',
] as const;

const READ = 'SHOW, SELECT, dictGet';
const WRITE = `${READ}, INSERT, ALTER, CREATE, DROP, UNDROP TABLE, TRUNCATE, OPTIMIZE, CHECK`;
/** No dictionaries: their HTTP source would reach out of the server. */
const WRITE_IN_DATABASE = WRITE.replace(
  'CREATE, DROP,',
  'CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP DATABASE, DROP TABLE, DROP VIEW,',
);

/** The GRANT and REVOKE statements that make a user; in this order, later ones win. */
export function userGrants(user: FaceUser): string[] {
  return [...(user.readonly ? readerGrants(user) : writerGrants(user)), ...systemGrants()];
}

function readerGrants(user: FaceUser): string[] {
  // On all databases SELECT would include system.users and the texts of other users' queries.
  if (user.databases === '*') return [`GRANT ${READ} ON *.*`, 'REVOKE SELECT ON system.*'];
  return user.databases.map((database) => `GRANT ${READ} ON ${quoteIdentifier(database)}.*`);
}

function writerGrants(user: FaceUser): string[] {
  const databases =
    user.databases === '*'
      ? [`GRANT ${WRITE}, KILL QUERY, SYSTEM, SHOW ACCESS ON *.*`]
      : user.databases.map((database) => `GRANT ${WRITE_IN_DATABASE} ON ${quoteIdentifier(database)}.*`);
  const engines = TABLE_ENGINES.map((engine) => `GRANT TABLE ENGINE ON ${engine}`);
  return [...databases, 'GRANT CREATE TEMPORARY TABLE ON *.*', ...engines];
}

function systemGrants(): string[] {
  return [
    ...READABLE_SYSTEM_TABLES.map((table) => `GRANT SELECT ON system.${table}`),
    'GRANT SELECT ON information_schema.*',
    'GRANT SELECT ON INFORMATION_SCHEMA.*',
  ];
}
