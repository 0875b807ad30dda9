import { boolean, optional, pemFile, secret, text, withDefault } from './types.ts';

/** How every connection of a process is protected. */
export const transportFields = {
  // Where this runs; in production nothing dangerous is switched on by a single setting.
  NODE_ENV: withDefault(text('a name, such as production'), 'development'),
  // With false, certificates of servers are not looked at: for a trial on one machine. Refused in production.
  TLS_VERIFY: withDefault(boolean(), true),
  // With true, a setting that would connect to another machine without TLS is refused.
  REQUIRE_TLS: withDefault(boolean(), false),
  // Node's own switch. Looked at so that it cannot undo TLS_VERIFY in production.
  NODE_TLS_REJECT_UNAUTHORIZED: optional(text('not 0')),
};

/** TLS and login of Kafka. */
export const kafkaTransportFields = {
  KAFKA_SSL: withDefault(boolean(), false),
  // Who signs the brokers' certificates, where the system does not know them.
  KAFKA_SSL_CA_FILE: optional(pemFile("a PEM file with the brokers' certificate authority")),
  // This client's own certificate, where the brokers ask for one.
  KAFKA_SSL_CERT_FILE: optional(pemFile("a PEM file with this client's certificate")),
  KAFKA_SSL_KEY_FILE: optional(pemFile("a PEM file with this client's private key")),
  KAFKA_SSL_KEY_PASSPHRASE: optional(secret("the private key's passphrase")),
};

export const registryTransportFields = {
  SCHEMA_REGISTRY_USERNAME: optional(text('a user name')),
  SCHEMA_REGISTRY_PASSWORD: optional(secret('a password')),
  SCHEMA_REGISTRY_CA_FILE: optional(pemFile("a PEM file with the registry's certificate authority")),
};

export const redisTransportFields = {
  REDIS_CA_FILE: optional(pemFile("a PEM file with Redis' certificate authority")),
};

export const postgresTransportFields = {
  DATABASE_CA_FILE: optional(pemFile("a PEM file with Postgres' certificate authority")),
};

export const clickhouseTransportFields = {
  CLICKHOUSE_CA_FILE: optional(pemFile("a PEM file with ClickHouse's certificate authority")),
};
