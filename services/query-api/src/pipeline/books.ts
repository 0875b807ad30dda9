import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { isoOf } from '../params/time-range.ts';
import type { Queryable } from '../postgres/database.ts';

const HOUR_MS = 3_600_000;
const MAX_GAPS = 100;
const MAX_REPLAYS = 20;

const at = z.iso.datetime();
const answerSchema = z
  .object({
    reconciled_at: at
      .nullable()
      .meta({ description: 'The end of the last round of the reconciler; null before the first.' }),
    gaps: z
      .array(
        z.object({
          gap: z.string(),
          title: z.string(),
          since: at.meta({ description: 'Where the time that was looked at began when it was found.' }),
          raised_at: at,
        }),
      )
      .meta({ description: 'Records that are missing, double or not accounted for.' }),
    stages: z
      .array(
        z.object({
          stage: z.string(),
          entries: z.int().meta({ description: 'Lines of the ledger in the last hour.' }),
          records: z.int(),
          dropped: z.int(),
          dead_lettered: z.int(),
          last_entry_at: at,
        }),
      )
      .meta({ description: 'What each stage wrote down in the last hour.' }),
    replays: z.array(
      z.object({
        id: z.uuid(),
        started_at: at,
        finished_at: at.nullable().meta({ description: 'Null: it runs, or was broken off.' }),
        selected: z.int(),
        replayed: z.int(),
        refused: z.int(),
        filter: z.unknown().meta({ description: 'Which letters.' }),
      }),
    ),
  })
  .meta({ id: 'PipelineBooks' });

const ofKind = (kind: string) =>
  `sum(arraySum(arrayMap((k, n) -> if(k = '${kind}', n, 0), line_kinds, line_records)))`;

const STAGES = `
  SELECT stage, count() AS entries, sum(records) AS records, ${ofKind('dropped')} AS dropped,
    ${ofKind('dead_lettered')} AS dead_lettered, toUnixTimestamp64Milli(max(written_at)) AS last_ms
  FROM fineprint.pipeline_ledger WHERE written_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  GROUP BY stage ORDER BY stage`;

interface StageRow {
  readonly stage: string;
  readonly entries: number;
  readonly records: number;
  readonly dropped: number;
  readonly dead_lettered: number;
  readonly last_ms: number;
}

async function readGaps(database: Queryable) {
  const { rows } = await database.query(
    `SELECT gap_key, raised_at, since_at, alert->>'title' AS title FROM fineprint.ledger_gaps
     ORDER BY raised_at DESC, gap_key LIMIT ${MAX_GAPS}`,
  );
  return (rows as { gap_key: string; raised_at: Date; since_at: Date; title: string | null }[]).map((r) => ({
    gap: r.gap_key,
    title: r.title ?? r.gap_key,
    since: r.since_at.toISOString(),
    raised_at: r.raised_at.toISOString(),
  }));
}

async function readReplays(database: Queryable) {
  const { rows } = await database.query(
    `SELECT id, started_at, finished_at, selected::int, replayed::int, refused::int, filter FROM fineprint.dlq_replays
     ORDER BY started_at DESC LIMIT ${MAX_REPLAYS}`,
  );
  return (
    rows as {
      id: string;
      started_at: Date;
      finished_at: Date | null;
      selected: number;
      replayed: number;
      refused: number;
      filter: unknown;
    }[]
  ).map(({ started_at, finished_at, ...row }) => ({
    ...row,
    started_at: started_at.toISOString(),
    finished_at: finished_at?.toISOString() ?? null,
  }));
}

async function readReconciled(database: Queryable): Promise<string | null> {
  const { rows } = await database.query('SELECT finished_at FROM fineprint.reconciler_lease');
  return (rows as { finished_at: Date | null }[])[0]?.finished_at?.toISOString() ?? null;
}

export const books = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/books',
  name: 'pipeline.books',
  action: 'pipeline',
  summary: 'Whether the books balance: the reconciler, the ledger, and replays of dead letters',
  description: '`fineprint audit` looks at all of it, at once and whenever it is asked.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema,
  example: '',
  async run(_given, { warehouse, database, nowMs }) {
    const [reconciled_at, gaps, replays, stages] = await Promise.all([
      readReconciled(database),
      readGaps(database),
      readReplays(database),
      warehouse.rows<StageRow>({ query: STAGES, values: { since: nowMs - HOUR_MS } }),
    ]);
    const body: z.infer<typeof answerSchema> = {
      reconciled_at,
      gaps,
      replays,
      stages: stages.map(({ last_ms, ...row }) => ({ ...row, last_entry_at: isoOf(last_ms) })),
    };
    return { status: 200, body };
  },
});
