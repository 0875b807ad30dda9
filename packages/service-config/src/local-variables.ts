/** What the command line and the local stack read; services know their names so that a mistyped one is noticed. */
export const localVariables: Readonly<Record<string, string>> = {
  FINEPRINT_PROVIDER:
    'What `npm start` starts the parts with: auto, docker, native or external (default: auto).',
  FINEPRINT_PORT_OFFSET: 'Added to every port of the local stack (default: 0).',
  FINEPRINT_DATA_DIR: 'Where the local stack keeps data, logs and keys (default: .fineprint).',
  FINEPRINT_KAFKA_JVM_OPTS: "The local broker's JVM options.",
  FINEPRINT_QUERY_API_URL: 'The query API that commands ask (default: the local one).',
  FINEPRINT_API_KEY: 'The key they ask it with (default: the local one).',
  FINEPRINT_WRITE_KEY: 'The key that `send` and `dlq replay` send with (default: the local one).',
  FINEPRINT_KAFKA_PORT: "Compose: the broker's port on this machine (default: 9092).",
  FINEPRINT_REGISTRY_PORT: "Compose: the schema registry's port (default: 8081).",
  FINEPRINT_POSTGRES_PORT: "Compose: Postgres' port (default: 5432).",
  FINEPRINT_CLICKHOUSE_PORT: "Compose: ClickHouse's port (default: 8123).",
  FINEPRINT_REDIS_PORT: "Compose: Redis' port (default: 6379).",
  FINEPRINT_POSTGRES_PASSWORD: "Compose: Postgres' password.",
  FINEPRINT_REDIS_PASSWORD: "Compose: Redis' password.",
  FINEPRINT_CLICKHOUSE_PASSWORD: "Compose: ClickHouse's password.",
  FINEPRINT_CLICKHOUSE_READER_PASSWORD: "Compose: the password of ClickHouse's read-only account.",
  FINEPRINT_CLICKHOUSE_MASKED_PASSWORD:
    'Compose: the password of the ClickHouse account that sees people masked.',
  FINEPRINT_TLS_DIR: 'A folder of certificates: with it the local parts speak TLS.',
  FINEPRINT_SERVICE: 'The image: the service to run, where no argument names one.',
  FINEPRINT_TEST_PARTS: 'Tests: start only these parts.',
  FINEPRINT_CHROMIUM: 'Tests: the browser to use.',
  FINEPRINT_PROCESS: 'Set by the local stack in the processes that it starts.',
};
