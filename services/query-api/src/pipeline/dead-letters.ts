import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { name, time, wholeNumber } from '../params/fields.ts';
import { isoOf, rangeText, resolveRange } from '../params/time-range.ts';
import type { Queryable } from '../postgres/database.ts';
import { bucketFields, bucketSql, bucketsOf, bucketValues, rangeAnswer, rangeSql } from './buckets.ts';

const DAY_MS = 86_400_000;

const filters = {
  stage: name('Only what this stage refused.').optional(),
  reason: name('Only this reason.').optional(),
};
type Filters = { readonly stage?: string | undefined; readonly reason?: string | undefined };

const conditions = (given: Filters, reasonColumn: string): string =>
  [
    ...(given.stage === undefined ? [] : ['AND stage = {stage:String}']),
    ...(given.reason === undefined ? [] : [`AND ${reasonColumn} = {reason:String}`]),
  ].join(' ');

const filterValues = ({ stage, reason }: Filters): Record<string, string> => ({
  ...(stage === undefined ? {} : { stage }),
  ...(reason === undefined ? {} : { reason }),
});

const countsAnswer = z
  .object({
    range: rangeAnswer,
    step_seconds: z.int(),
    rows: z
      .array(z.object({ bucket: z.iso.datetime(), stage: z.string(), reason: z.string(), records: z.int() }))
      .meta({ description: 'Only buckets in which something was.' }),
  })
  .meta({ id: 'DeadLetterCounts' });

export const deadLetterCounts = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/dead-letter-counts',
  name: 'pipeline.dead-letter-counts',
  action: 'pipeline',
  summary: 'How many records stages refused, by stage, reason and time',
  description: 'As the ledger says it: with those whose id could not be read.',
  parameters: z.strictObject({ ...bucketFields, ...filters }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: countsAnswer,
  example: '?step_seconds=600',
  async run({ query }, { warehouse, nowMs }) {
    const buckets = bucketsOf(query, nowMs);
    const rows = await warehouse.rows<{ bucket_ms: number; stage: string; reason: string; records: number }>({
      query: `
        SELECT ${bucketSql('written_at')} AS bucket_ms, stage, target AS reason, sum(records) AS records
        FROM fineprint.pipeline_ledger_lines
        WHERE kind = 'dead_lettered' AND ${rangeSql('written_at')} ${conditions(query, 'target')}
        GROUP BY bucket_ms, stage, reason ORDER BY bucket_ms, stage, reason`,
      values: { ...bucketValues(buckets), ...filterValues(query) },
    });
    const body: z.infer<typeof countsAnswer> = {
      range: rangeText(buckets),
      step_seconds: query.step_seconds,
      rows: rows.map(({ bucket_ms, ...row }) => ({ bucket: isoOf(bucket_ms), ...row })),
    };
    return { status: 200, body };
  },
});

const listAnswer = z
  .object({
    range: rangeAnswer,
    letters: z.array(
      z.object({
        dead_letter_id: z.uuid().nullable().meta({
          description: 'For `fineprint dlq show`. Null of what came over HTTP: it follows from the request.',
        }),
        event_id: z.uuid(),
        stage: z.string(),
        reason: z.string(),
        topic: z.string().nullable(),
        partition: z.int().nullable(),
        offset: z.int().nullable(),
        paths: z.array(z.string()).meta({ description: 'Fields that are wrong; never their values.' }),
        refused_at: z.iso.datetime(),
        replayed_at: z.iso.datetime().nullable().meta({
          description: 'When it last went back to its stage, after it was refused; null where it waits.',
        }),
      }),
    ),
    next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
  })
  .meta({ id: 'DeadLetters' });

interface LetterRow {
  readonly dead_letter_id: string | null;
  readonly event_id: string;
  readonly stage: string;
  readonly reason: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly paths: string[];
  readonly noted_ms: number;
}

/** When letters went back, by their ids. */
async function readReplayed(database: Queryable, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const { rows } = await database.query(
    'SELECT dead_letter_id, replayed_at FROM fineprint.dlq_replayed WHERE dead_letter_id = ANY($1::text[])',
    [ids],
  );
  return new Map(
    (rows as { dead_letter_id: string; replayed_at: Date }[]).map((r) => [
      r.dead_letter_id,
      r.replayed_at.getTime(),
    ]),
  );
}

export const deadLetters = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/dead-letters',
  name: 'pipeline.dead-letters',
  action: 'pipeline',
  summary: 'Records that stages refused: where they lay, why, and whether they went back',
  description:
    'The latest first; never what is in them (`fineprint dlq show`). Records without a readable event id are counted by `dead-letter-counts` and listed by `fineprint dlq list`.',
  parameters: z.strictObject({
    ...filters,
    from: time('Refused from here; a day before `to` if left out.').optional(),
    to: time('Until before this moment; the end of this minute if left out.').optional(),
    limit: wholeNumber({ min: 1, max: 500, byDefault: 50, description: 'Of a page' }),
    offset: wholeNumber({ min: 0, max: 100_000, byDefault: 0, description: 'Left out before' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: listAnswer,
  example: '?stage=pii-scrubber',
  async run({ query }, { warehouse, database, nowMs }) {
    const range = resolveRange(query, { granularity: 'none', defaultMs: DAY_MS, nowMs });
    const rows = await warehouse.rows<LetterRow>({
      query: `
        SELECT dead_letter_id, event_id, stage, reason, topic, partition, offset, paths,
          toUnixTimestamp64Milli(noted_at) AS noted_ms
        FROM fineprint.event_notes
        WHERE kind = 'dead_lettered' AND ${rangeSql('noted_at')} ${conditions(query, 'reason')}
        ORDER BY noted_at DESC, _partition, _offset DESC LIMIT 1 BY event_id, stage, topic, partition, offset
        LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
      values: {
        from: range.fromMs,
        to: range.toMs,
        limit: query.limit + 1,
        offset: query.offset,
        ...filterValues(query),
      },
    });
    const page = rows.slice(0, query.limit);
    const ids = page.flatMap((r) => r.dead_letter_id ?? []);
    const replayed = await readReplayed(database, ids);
    const body: z.infer<typeof listAnswer> = {
      range: rangeText(range),
      letters: page.map(({ noted_ms, ...row }) => {
        const backMs = replayed.get(row.dead_letter_id ?? '') ?? 0;
        return { ...row, refused_at: isoOf(noted_ms), replayed_at: backMs > noted_ms ? isoOf(backMs) : null };
      }),
      next_offset: rows.length > query.limit ? query.offset + query.limit : null,
    };
    return { status: 200, body };
  },
});
