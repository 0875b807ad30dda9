import type { ClickHouseClient } from '@clickhouse/client';
import type { Check } from '@fineprint/service-kit';
import { judge } from './clickhouse-judgement.ts';

/** Goes the whole way of an insert, account, table and read-only states included, and stores nothing. */
const INSERT_NOTHING =
  'INSERT INTO fineprint.product_events SELECT * FROM fineprint.product_events WHERE false';

/** ClickHouse takes rows. Known before the first one comes, and while none does. */
export function clickhouseCheck(client: ClickHouseClient): Check {
  return {
    code: 'store_unavailable',
    isRequired: true,
    look: () =>
      client.command({ query: INSERT_NOTHING }).then(
        () => null,
        (error: unknown) => judge(error).message,
      ),
  };
}
