import { about } from './facts.ts';
import { boolean, optional, pemFile, secret, text, withDefault } from './types.ts';

/** How every connection of a process is protected. */
export const transportFields = {
  NODE_ENV: about(
    'Where this runs; in production nothing dangerous is switched on by a single setting.',
    withDefault(text('a name, such as production'), 'development'),
  ),
  TLS_VERIFY: about(
    'Look at certificates of servers. With false they are not: for a trial on one machine; refused in production.',
    withDefault(boolean(), true),
  ),
  REQUIRE_TLS: about(
    'Refuse a setting that would connect to another machine without TLS.',
    withDefault(boolean(), false),
  ),
  NODE_TLS_REJECT_UNAUTHORIZED: about(
    "Node's own switch, looked at so that it cannot undo TLS_VERIFY in production.",
    optional(text('not 0')),
  ),
};

/** TLS and login of Kafka. */
export const kafkaTransportFields = {
  KAFKA_SSL: about('Speak TLS with the brokers.', withDefault(boolean(), false)),
  KAFKA_SSL_CA_FILE: about(
    "Who signs the brokers' certificates, where the system does not know them.",
    optional(pemFile("a PEM file with the brokers' certificate authority")),
  ),
  KAFKA_SSL_CERT_FILE: about(
    "This client's own certificate, where the brokers ask for one.",
    optional(pemFile("a PEM file with this client's certificate")),
  ),
  KAFKA_SSL_KEY_FILE: about(
    'Its private key.',
    optional(pemFile("a PEM file with this client's private key")),
  ),
  KAFKA_SSL_KEY_PASSPHRASE: about(
    'What that key is encrypted with.',
    optional(secret("the private key's passphrase")),
  ),
};

export const registryTransportFields = {
  SCHEMA_REGISTRY_USERNAME: about(
    "The registry's user, where it asks for one.",
    optional(text('a user name')),
  ),
  SCHEMA_REGISTRY_PASSWORD: about('Its password.', optional(secret('a password'))),
  SCHEMA_REGISTRY_CA_FILE: about(
    "Who signs the registry's certificate, where the system does not know them.",
    optional(pemFile("a PEM file with the registry's certificate authority")),
  ),
};

export const redisTransportFields = {
  REDIS_CA_FILE: about(
    "Who signs Redis' certificate, where the system does not know them.",
    optional(pemFile("a PEM file with Redis' certificate authority")),
  ),
};

export const postgresTransportFields = {
  DATABASE_CA_FILE: about(
    "Who signs Postgres' certificate, where the system does not know them.",
    optional(pemFile("a PEM file with Postgres' certificate authority")),
  ),
};

export const clickhouseTransportFields = {
  CLICKHOUSE_CA_FILE: about(
    "Who signs ClickHouse's certificate, where the system does not know them.",
    optional(pemFile("a PEM file with ClickHouse's certificate authority")),
  ),
};
