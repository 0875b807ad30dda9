import { z } from 'zod';
import { type AlertFacts, type Matchers, matcherSchema, matches } from './matchers.ts';
import { line, type Parsed, parseWith } from './rule.ts';

const LONGEST_MS = 90 * 86_400_000;
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** What somebody wants nobody to be told of for a while. It must say why, and whom it covers: never everything. */
export const silenceSchema = z
  .strictObject({
    matchers: z.array(matcherSchema).min(1).max(20),
    from: instant.optional().meta({ description: 'Now if left out.' }),
    until: instant,
    comment: line(500).min(1),
  })
  .refine((s) => s.from === undefined || s.from < s.until, 'until is not after from')
  .refine((s) => s.from === undefined || s.until - s.from <= LONGEST_MS, 'is longer than 90 days');

export type SilenceInput = z.output<typeof silenceSchema>;
export const parseSilence = (input: unknown): Parsed<SilenceInput> => parseWith(silenceSchema, input);

export interface Silence {
  readonly id: string;
  readonly matchers: Matchers;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The one that covers an alert at a moment and ends last; null where none does. */
export function silenceOf(silences: readonly Silence[], alert: AlertFacts, nowMs: number): Silence | null {
  const covering = silences.filter(
    (s) => s.fromMs <= nowMs && nowMs < s.untilMs && matches(s.matchers, alert),
  );
  return covering.reduce<Silence | null>(
    (last, s) => (last === null || s.untilMs > last.untilMs ? s : last),
    null,
  );
}
