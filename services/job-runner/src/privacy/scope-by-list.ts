import { createInterface } from 'node:readline';
import {
  createSubjectHash,
  type Scope,
  type SubjectId,
  type SubjectTable,
  subjectName,
  subjectOfName,
} from '@fineprint/privacy';
import { clickhouseTables } from './clickhouse-tables.ts';
import { cursorRows } from './cursor-rows.ts';
import { scopeOf } from './resolve-scope.ts';
import type { StepContext } from './step.ts';

type Context = Pick<StepContext, 'ports' | 'warehouse' | 'run' | 'request'>;

/**
 * The ids that an erasure has on the list of the erased and that stores hold again, after they were restored: nobody remembers
 * whom it was about, so every id there is is held against the list.
 */
export async function scopeByList(context: Context): Promise<Scope> {
  const { ports, request } = context;
  const { rows } = await ports.pool.query<{ hash: string }>(
    "SELECT encode(subject_hash, 'base64') AS hash FROM fineprint.erased_subjects WHERE request_id = $1",
    [request.id],
  );
  const listed = new Set(rows.map(({ hash }) => hash));
  const hash = createSubjectHash(ports.key);
  const found = new Map<string, SubjectId>();
  const look = (name: string) => {
    const subject = subjectOfName(name);
    if (subject !== null && listed.has(hash(subject).toString('base64')))
      found.set(subjectName(subject), subject);
  };
  for (const table of await clickhouseTables(context.warehouse, context.run.signal))
    for await (const name of inClickHouse(context, table)) look(name);
  for await (const { name } of cursorRows<{ name: string }>(ports.pool, IN_POSTGRES, [])) look(name);
  return scopeOf([...found.values()]);
}

const PREFIX = { user: 'u:', anonymous: 'a:', person: '' } as const;

async function* inClickHouse({ warehouse, run }: Context, { table, columns }: SubjectTable) {
  for (const [column, holds] of Object.entries(columns)) {
    if (holds !== 'user' && holds !== 'anonymous' && holds !== 'person') continue;
    const lines = await warehouse.lines(
      `SELECT DISTINCT concat('${PREFIX[holds]}', assumeNotNull(\`${column}\`)) AS name FROM fineprint.${table}
       WHERE \`${column}\` IS NOT NULL`,
      {},
      run.signal,
    );
    for await (const line of createInterface({ input: lines })) {
      if (line !== '') yield (JSON.parse(line) as { name: string }).name;
    }
  }
}

const IN_POSTGRES = `SELECT subject AS name FROM fineprint.subjects
  UNION SELECT CASE WHEN is_anonymous THEN 'a:' ELSE 'u:' END || external_id FROM fineprint.users
  UNION SELECT 'u:' || user_id FROM fineprint.consent_records WHERE user_id IS NOT NULL
  UNION SELECT 'a:' || anonymous_id FROM fineprint.consent_records WHERE anonymous_id IS NOT NULL`;
