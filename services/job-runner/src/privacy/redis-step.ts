import { claimKeysOf } from '@fineprint/pii-scrubber/claim-keys';
import { clickhouseCondition, subjectTables } from '@fineprint/privacy';
import { noteFound } from './note-found.ts';
import type { Step, StepContext } from './step.ts';

const BATCH = 1_000;
const TABLES = ['product_events', 'ai_requests', 'ai_feedback', 'consent_updates'];

/** Redis remembers ids of events, so that repeats are known; those of the subject's events go. */
export const redis: Step = async (context) => {
  const client = context.ports.redis;
  let found = 0;
  for await (const keys of claims(context)) found += await client.exists(...keys);
  const most = await noteFound(context, 'redis', 'claims', found);
  for await (const keys of claims(context)) await client.del(...keys);
  return { claims: most };
};

async function* claims({ warehouse, run, scope }: StepContext): AsyncGenerator<string[]> {
  for (const table of subjectTables.filter((t) => t.store === 'clickhouse' && TABLES.includes(t.table))) {
    const { sql, parameters } = clickhouseCondition(table, scope);
    let last = '';
    for (;;) {
      const rows = await warehouse.rows<{ id: string }>(
        `SELECT DISTINCT lower(toString(event_id)) AS id FROM fineprint.${table.table}
         WHERE ${sql} AND lower(toString(event_id)) > {last:String} ORDER BY id LIMIT ${BATCH}`,
        { ...parameters, last },
        run.signal,
      );
      if (rows.length === 0) break;
      yield rows.flatMap(({ id }) => claimKeysOf(id));
      last = rows.at(-1)?.id ?? '';
    }
  }
}
