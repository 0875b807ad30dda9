import type { Warehouse } from '../clickhouse/warehouse.ts';
import { Problem } from '../problem/problem.ts';

/** Parameters travel in the address, whose length servers bound. */
const MAX_ENCODED = 8_000;

/** Which of these names some event has had; undefined where that cannot be asked now. */
export async function seenEvents(
  warehouse: Warehouse,
  names: ReadonlySet<string>,
): Promise<ReadonlySet<string> | undefined> {
  if (names.size === 0) return names;
  const asked = [...names];
  if (encodeURIComponent(asked.join()).length > MAX_ENCODED) return undefined;
  try {
    const rows = await warehouse.rows<{ event: string }>({
      query:
        'SELECT DISTINCT event_name AS event FROM fineprint.product_events WHERE event_name IN {names:Array(String)}',
      values: { names: asked },
    });
    return new Set(rows.map((row) => row.event));
  } catch (error) {
    // A definition can be made before there is any event, or while ClickHouse is away.
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
