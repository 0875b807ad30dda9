import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { isoOf, rangeText } from '../params/time-range.ts';
import { bucketFields, bucketSql, bucketsOf, bucketValues, rangeAnswer, rangeSql } from './buckets.ts';

const answerSchema = z
  .object({
    range: rangeAnswer,
    step_seconds: z.int(),
    rows: z
      .array(z.object({ bucket: z.iso.datetime(), type: z.string(), events: z.int() }))
      .meta({ description: 'Only buckets in which something was. An event with two types is in both.' }),
  })
  .meta({ id: 'ScrubbedCounts' });

export const scrubbed = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/scrubbed',
  name: 'pipeline.scrubbed',
  action: 'pipeline',
  summary: 'In how many events personal data was found and taken out, by type and time',
  description: 'Types such as EMAIL; never a value.',
  parameters: z.strictObject(bucketFields),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema,
  example: '?step_seconds=3600',
  async run({ query }, { warehouse, nowMs }) {
    const buckets = bucketsOf(query, nowMs);
    const rows = await warehouse.rows<{ bucket_ms: number; type: string; events: number }>({
      query: `
        SELECT ${bucketSql('noted_at')} AS bucket_ms, arrayJoin(arrayDistinct(types)) AS type, uniqExact(event_id) AS events
        FROM fineprint.event_notes WHERE kind = 'scrubbed' AND ${rangeSql('noted_at')}
        GROUP BY bucket_ms, type ORDER BY bucket_ms, type`,
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
