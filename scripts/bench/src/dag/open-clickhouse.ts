import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { StackEndpoints } from '@fineprint/stack';

/** Longer than it takes to merge a run's largest table. */
const REQUEST_TIMEOUT_MS = 300_000;

export function openClickHouse(endpoints: StackEndpoints): ClickHouseClient {
  return createClient({
    url: endpoints.clickhouseUrl,
    username: endpoints.clickhouseUsername,
    password: endpoints.clickhousePassword,
    request_timeout: REQUEST_TIMEOUT_MS,
    log: { level: ClickHouseLogLevel.OFF }, // what fails is thrown
  });
}
