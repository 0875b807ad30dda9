import type { Observation, Rule } from '@fineprint/alert-rules';
import { createExpectedChurn } from '@fineprint/query-api/churn';
import type { KafkaConnection } from '@fineprint/stream-runtime';
import { connectWarehouse, type WarehouseSettings } from '../warehouse.ts';
import { createLagReader } from './lag.ts';
import { observe } from './observe.ts';

/** Everything that rules look at. */
export interface AlertSources {
  observe(rule: Rule, atMs: number): Promise<readonly Observation[]>;
  /** Null where ClickHouse answers. */
  ping(): Promise<string | null>;
  close(): Promise<void>;
}

export function openSources(
  clickhouse: WarehouseSettings,
  kafka: Pick<KafkaConnection, 'admin'>,
): AlertSources {
  const warehouse = connectWarehouse(clickhouse);
  const lag = createLagReader(kafka);
  const sources = { rows: warehouse.rows, churn: createExpectedChurn(warehouse), lag: lag.read };
  return {
    observe: (rule, atMs) => observe(sources, rule, atMs),
    ping: warehouse.ping,
    async close() {
      await Promise.all([warehouse.close(), lag.close()]);
    },
  };
}
