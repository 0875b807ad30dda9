import { z } from 'zod';
import { name, time } from '../params/fields.ts';
import { formatNames } from './formats.ts';

const MAX_COLUMNS = 100;
const MAX_ROWS = 1_000_000_000;

const flag = (byDefault: 'true' | 'false', description: string) =>
  z
    .enum(['true', 'false'])
    .default(byDefault)
    .transform((text) => text === 'true')
    .meta({ description, override: { type: 'boolean', default: byDefault === 'true' } });

export const exportParameters = z.strictObject({
  format: z
    .enum(formatNames)
    .default('csv')
    .meta({ description: 'CSV with a header, JSON lines, or Parquet.' }),
  from: time('Rows of this time or later, by the data set’s time.').optional(),
  to: time('Rows before this.').optional(),
  name: name('Only rows of this name, by the data set’s name column.').optional(),
  columns: z
    .string()
    .max(4_000)
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(z.string().regex(/^\w{1,100}$/, 'is not a list of columns'))
        .max(MAX_COLUMNS)
        .refine((given) => new Set(given).size === given.length, 'names a column twice'),
    )
    .optional()
    .meta({ description: 'Only these, comma-separated, in this order.', override: { type: 'string' } }),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,9}$/, 'is not a whole number')
    .transform(Number)
    .refine((n) => n <= MAX_ROWS, `is more than ${MAX_ROWS}`)
    .optional()
    .meta({
      description: 'At most so many rows, whichever come first.',
      override: { type: 'integer', minimum: 1 },
    }),
  spreadsheet_safe: flag(
    'true',
    'CSV: puts an apostrophe before texts that a spreadsheet would run as a formula (that begin with = + - @, a tab or a line’s end).',
  ),
  expect_rows: flag('false', 'Counts first, and says so in the header X-Export-Expected-Rows.'),
});
export type ExportGiven = z.output<typeof exportParameters>;

export const exportPath = z.strictObject({ dataset: name('A data set of the list at /api/v1/exports.') });
