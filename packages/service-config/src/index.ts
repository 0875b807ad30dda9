export { ConfigError, type ConfigProblem } from './config-error.ts';
export {
  batchFields,
  clickhouseFields,
  clickhouseUrl,
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
  serviceFields,
  snowflakeFields,
  snowflakeRule,
} from './fields.ts';
export { CONFIG_EXIT_CODE, type ConfigProcess, describeConfig, loadConfig } from './load-config.ts';
export {
  type ConfigOf,
  type ConfigRule,
  type ConfigShape,
  type Environment,
  readConfig,
} from './read-config.ts';
export { Secret } from './secret.ts';
export {
  boolean,
  integer,
  list,
  milliseconds,
  networks,
  oneOf,
  optional,
  secret,
  secretUrl,
  text,
  url,
  withDefault,
} from './types.ts';
