import { readTime } from '@fineprint/http-kit';
import { z } from 'zod';
import type { Code } from '../problem/codes.ts';

/** A refusal of a field with a code of its own. */
export function refusal(code: Code, message: string) {
  return { message, params: { code } };
}

const MAX_NAME = 200;
/** Names are compared, never interpreted; control characters cannot be in one. */
const CONTROL = /\p{Cc}/u;

export const name = (description: string) =>
  z
    .string()
    .min(1)
    .max(MAX_NAME)
    .refine((text) => !CONTROL.test(text), 'holds control characters')
    .meta({ description });

/** Ids are as their producers made them: longer than names, and of any characters. */
const MAX_PERSON = 2_000;

/** Where the next page of people begins. */
export const afterPerson = z
  .string()
  .min(1)
  .max(MAX_PERSON)
  .optional()
  .meta({ description: 'The `next_after` of the page before.' });

export const wholeNumber = (bounds: {
  readonly min: number;
  readonly max: number;
  readonly byDefault: number;
  readonly description: string;
}) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .transform(Number)
    .refine((n) => n >= bounds.min && n <= bounds.max, `is not from ${bounds.min} to ${bounds.max}`)
    .default(bounds.byDefault)
    .meta({
      description: `${bounds.description} (${bounds.min} to ${bounds.max}, default ${bounds.byDefault})`,
      override: { type: 'integer', minimum: bounds.min, maximum: bounds.max, default: bounds.byDefault },
    });

/** What the table's times can be. */
const EARLIEST_MS = 0;
const LATEST_MS = Date.UTC(2200, 0, 1);

/** Epoch milliseconds of a time as a client writes it. Of digits the size tells the unit, as at the gateway. */
export const time = (description: string) =>
  z
    .string()
    .max(40)
    .transform((text, context) => {
      const ms = readTime(/^\d{1,20}$/.test(text) ? Number(text) : text)?.ms;
      if (ms !== undefined && ms >= EARLIEST_MS && ms < LATEST_MS) return ms;
      context.addIssue({ code: 'custom', ...refusal('invalid_time', 'is no time from 1970 to 2199') });
      return z.NEVER;
    })
    .meta({ description, override: { type: 'string', examples: ['2026-01-31T00:00:00Z', '1767225600000'] } });

/** Parameters that choose requests; each is optional. */
export const filterFields = {
  model: name('Only this model.').optional(),
  version: name('Only this version.').optional(),
  provider: name('Only this provider.').optional(),
  variant: name('Only this variant of an experiment.').optional(),
};
