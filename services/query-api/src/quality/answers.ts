import { datasetNames, ruleTypes, severities, statuses } from '@fineprint/data-quality';
import { z } from 'zod';
import { parseJson } from '../drift/parse-json.ts';
import { isoOf } from '../params/time-range.ts';

/** A result as it was published; times are epoch milliseconds. */
export interface StoredResult {
  readonly result_id: string;
  readonly slot: number;
  readonly rule: string;
  readonly dataset: string;
  readonly kind: string;
  readonly severity: string;
  readonly status: string;
  readonly rows_checked: number;
  readonly bad_rows: number;
  readonly value: number | null;
  readonly threshold: number;
  readonly window_start: number;
  readonly window_end: number;
  readonly sample_event_ids: readonly string[];
  readonly details: string;
  readonly evaluated_at: number;
}

export const resultSchema = z
  .object({
    result_id: z.uuid(),
    slot: z.iso.datetime().meta({ description: 'The time the rule was run for.' }),
    rule: z.string(),
    dataset: z.string().meta({ description: `${datasetNames.join(', ')}.` }),
    kind: z.string().meta({ description: `${ruleTypes.join(', ')}.` }),
    severity: z.string().meta({ description: `${severities.join(', ')}.` }),
    status: z.string().meta({ description: `${statuses.join(', ')}.` }),
    rows_checked: z.int(),
    bad_rows: z.int().meta({ description: 'Rows that the rule refuses; of a volume rule, hours.' }),
    value: z.number().nullable().meta({
      description:
        'What was measured: a share, duplicates, minutes or deviations, by the kind; null where there is too little.',
    }),
    threshold: z.number(),
    window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    sample_event_ids: z.array(z.string()),
    details: z.unknown(),
    evaluated_at: z.iso.datetime(),
  })
  .meta({ id: 'QualityResult' });

export const toResult = (row: StoredResult): z.infer<typeof resultSchema> => ({
  result_id: row.result_id,
  slot: isoOf(row.slot),
  rule: row.rule,
  dataset: row.dataset,
  kind: row.kind,
  severity: row.severity,
  status: row.status,
  rows_checked: row.rows_checked,
  bad_rows: row.bad_rows,
  value: row.value,
  threshold: row.threshold,
  window: { from: isoOf(row.window_start), to: isoOf(row.window_end) },
  sample_event_ids: [...row.sample_event_ids],
  details: parseJson(row.details),
  evaluated_at: isoOf(row.evaluated_at),
});
