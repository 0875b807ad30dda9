import { z } from 'zod';
import { defineOperation, type Operation } from '../operations/operation.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { resultSchema, type StoredResult, toResult } from './answers.ts';

interface RuleRow {
  readonly name: string;
  readonly definition: unknown;
  readonly raised_at: Date | null;
  readonly result: StoredResult;
}

const ruleSchema = z
  .object({
    name: z.string(),
    definition: z.unknown().meta({ description: 'As the file of rules has it, with its defaults.' }),
    alert_raised_at: z.iso.datetime().nullable().meta({ description: 'Since when an alert stands.' }),
    last: resultSchema,
  })
  .meta({ id: 'QualityRule' });

/** The rules, as the job last ran them. */
const rules = defineOperation({
  method: 'GET',
  path: '/api/v1/quality/rules',
  name: 'quality.rules',
  action: 'quality',
  summary: 'The data quality rules in force, and what each said last',
  description:
    'As the job `data-quality` last ran them: a change of the files shows after its next run. In the order of names.',
  parameters: z.strictObject({
    after: name('The `next_after` of the page before.').optional(),
    limit: wholeNumber({ min: 1, max: 500, byDefault: 100, description: 'Rules of a page' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({ rules: z.array(ruleSchema), next_after: z.string().nullable() })
    .meta({ id: 'QualityRules' }),
  example: '',
  async run({ query: { after = '', limit } }, { database }) {
    const { rows } = await database.query(
      `SELECT name, definition, raised_at, result FROM fineprint.quality_rules
       WHERE name > $1 COLLATE "C" ORDER BY name COLLATE "C" LIMIT $2`,
      [after, limit + 1],
    );
    const found = rows as RuleRow[];
    const page = found.slice(0, limit);
    return {
      status: 200,
      body: {
        rules: page.map((rule) => ({
          name: rule.name,
          definition: rule.definition,
          alert_raised_at: rule.raised_at?.toISOString() ?? null,
          last: toResult(rule.result),
        })),
        next_after: found.length > limit ? (page.at(-1)?.name ?? null) : null,
      },
    };
  },
});

export const qualityOperations: readonly Operation[] = [rules];
