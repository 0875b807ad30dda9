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
  type CheckedSettings,
  defineSettings,
  type EffectiveSetting,
  type SettingsDeclaration,
} from './define-settings.ts';
export { about, factsOf, type SettingFacts } from './facts.ts';
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
  paceMs,
  portField,
  postgresFields,
  privacyArchiveFields,
  privacyFields,
  pseudonymFields,
  realtimeFields,
  redisFields,
  registryFields,
  retentionFields,
  samplingFields,
  serviceFields,
  snowflakeFields,
  snowflakeRule,
  subjectKeyFields,
  tracingFields,
} from './fields.ts';
export { CHECK_EXIT_CODE, type ConfigProcess, renderChecked } from './load-config.ts';
export { localVariables } from './local-variables.ts';
export { trustNamedAuthorities } from './named-authorities.ts';
export {
  type ConfigOf,
  type ConfigRule,
  type ConfigShape,
  type Environment,
  readConfig,
} from './read-config.ts';
export { resolveSecretFiles } from './resolve-secret-files.ts';
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
export { sayUnknown, type UnknownVariable } from './unknown-variables.ts';
