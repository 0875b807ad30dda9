import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { isoOf, rangeText } from '../params/time-range.ts';
import { bucketFields, bucketSql, bucketsOf, bucketValues, rangeAnswer, rangeSql } from './buckets.ts';

const answerSchema = z
  .object({
    range: rangeAnswer,
    step_seconds: z.int(),
    rows: z
      .array(
        z.object({
          bucket: z.iso.datetime(),
          category: z.string(),
          granted: z.int(),
          withdrawn: z.int(),
        }),
      )
      .meta({ description: 'Only buckets in which something was.' }),
  })
  .meta({ id: 'ConsentCounts' });

interface Row {
  readonly bucket_ms: number;
  readonly category: string;
  readonly granted: number;
  readonly withdrawn: number;
}

export const consentCounts = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/consent-counts',
  name: 'pipeline.consent-counts',
  action: 'pipeline',
  summary: 'How often people allowed something or took it back, by category and time',
  description: 'By when it was received. Counts of updates, of nobody by name.',
  parameters: z.strictObject(bucketFields),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema,
  example: '?step_seconds=3600',
  async run({ query }, { warehouse, nowMs }) {
    const buckets = bucketsOf(query, nowMs);
    const rows = await warehouse.rows<Row>({
      query: `
        SELECT ${bucketSql('received_at')} AS bucket_ms, category, countIf(allowed) AS granted,
          countIf(NOT allowed) AS withdrawn
        FROM fineprint.consent_updates ARRAY JOIN mapKeys(categories) AS category, mapValues(categories) AS allowed
        WHERE ${rangeSql('received_at')}
        GROUP BY bucket_ms, category ORDER BY bucket_ms, category`,
      values: bucketValues(buckets),
    });
    const body: z.infer<typeof answerSchema> = {
      range: rangeText(buckets),
      step_seconds: query.step_seconds,
      rows: rows.map(({ bucket_ms, ...row }) => ({ bucket: isoOf(bucket_ms), ...row })),
    };
    return { status: 200, body };
  },
});
