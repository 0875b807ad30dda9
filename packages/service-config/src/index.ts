export { atRestFields, atRestRule, atRestWarnings, keyringOf } from './at-rest-rules.ts';
export { clickhouseUrl } from './clickhouse-url.ts';
export { ConfigError, type ConfigProblem } from './config-error.ts';
export {
  type ClickHouseAccount,
  clickhouseAccount,
  clickhouseTls,
  postgresUrl,
  type RegistrySettings,
  redisTls,
  registrySettings,
  withAuthority,
} from './connections.ts';
export {
  batchFields,
  clickhouseFields,
  eventTimeFields,
  type KafkaSettings,
  kafkaFields,
  kafkaRule,
  kafkaSettings,
  loginFields,
  metricsFields,
  oidcFields,
  portField,
  postgresFields,
  privacyFields,
  redisFields,
  registryFields,
  retentionFields,
  serviceFields,
  snowflakeFields,
  snowflakeRule,
} from './fields.ts';
export { CONFIG_EXIT_CODE, type ConfigProcess, describeConfig, loadConfig } from './load-config.ts';
export { trustNamedAuthorities } from './named-authorities.ts';
export {
  type ConfigOf,
  type ConfigRule,
  type ConfigShape,
  type Environment,
  readConfig,
} from './read-config.ts';
export { Secret } from './secret.ts';
export { transportFields } from './transport-fields.ts';
export { applyVerification, transportRule, transportWarnings } from './transport-rules.ts';
export {
  boolean,
  integer,
  list,
  milliseconds,
  networks,
  oneOf,
  optional,
  pemFile,
  secret,
  secretUrl,
  text,
  url,
  withDefault,
} from './types.ts';
