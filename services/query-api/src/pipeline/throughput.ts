import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { isoOf, rangeText } from '../params/time-range.ts';
import { bucketFields, bucketSql, bucketsOf, bucketValues, rangeAnswer, rangeSql } from './buckets.ts';

/** Where events themselves flow; what is made of them has topics of its own. */
const EVENT_TOPICS = [
  'product.events.raw',
  'ai.requests.raw',
  'ai.feedback.raw',
  'consent.updates',
  'product.events.clean',
  'ai.requests.clean',
  'ai.feedback.clean',
  'consent.clean',
];

const figures = {
  records: z.int().meta({ description: 'Taken: read, or of the gateway written.' }),
  dropped: z.int().meta({ description: 'Of them, left out by a rule, such as repeats.' }),
  dead_lettered: z.int().meta({ description: 'Of them, refused.' }),
};
const answerSchema = z
  .object({
    range: rangeAnswer,
    step_seconds: z.int(),
    rows: z.array(z.object({ bucket: z.iso.datetime(), stage: z.string(), ...figures })).meta({
      description: 'Only buckets in which something was.',
    }),
  })
  .meta({ id: 'PipelineThroughput' });

const ofKind = (kind: string) =>
  `sum(arraySum(arrayMap((k, n) -> if(k = '${kind}', n, 0), line_kinds, line_records)))`;

const QUERY = `
  SELECT ${bucketSql('written_at')} AS bucket_ms, stage, sum(records) AS records,
    ${ofKind('dropped')} AS dropped, ${ofKind('dead_lettered')} AS dead_lettered
  FROM fineprint.pipeline_ledger
  WHERE ${rangeSql('written_at')} AND topic IN {topics:Array(String)}
  GROUP BY bucket_ms, stage ORDER BY bucket_ms, stage`;

interface Row {
  readonly bucket_ms: number;
  readonly stage: string;
  readonly records: number;
  readonly dropped: number;
  readonly dead_lettered: number;
}

export const throughput = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/throughput',
  name: 'pipeline.throughput',
  action: 'pipeline',
  summary: 'How many events each stage took, over time',
  description:
    'As the ledger says it, by when a stage wrote it down. What a stage tells of twice, after a crash, is in here twice: `fineprint audit` tells such apart.',
  parameters: z.strictObject(bucketFields),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema,
  example: '?step_seconds=60',
  async run({ query }, { warehouse, nowMs }) {
    const buckets = bucketsOf(query, nowMs);
    const values = { ...bucketValues(buckets), topics: EVENT_TOPICS };
    const rows = await warehouse.rows<Row>({ query: QUERY, values });
    const body: z.infer<typeof answerSchema> = {
      range: rangeText(buckets),
      step_seconds: query.step_seconds,
      rows: rows.map(({ bucket_ms, ...row }) => ({ bucket: isoOf(bucket_ms), ...row })),
    };
    return { status: 200, body };
  },
});
