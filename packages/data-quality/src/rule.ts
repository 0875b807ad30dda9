import { z } from 'zod';
import { type DatasetName, datasetNames } from './datasets.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'is not 1 to 100 of a-z, 0-9, ".", "_", "-"');
const column = z.string().min(1).max(64);
const share = z.number().min(0).max(1);
const minutes = (max: number) => z.number().int().min(1).max(max);
const text = z.string().min(1).max(200);

export const severities = ['info', 'warning', 'critical'] as const;

const common = {
  name,
  description: z.string().max(500).optional(),
  dataset: z.enum(datasetNames),
  severity: z.enum(severities).default('warning'),
  /** Of fewer rows nothing is said. */
  minRows: z.number().int().min(1).max(1_000_000_000).default(20),
  /** Only rows with one of these values. */
  only: z.record(column, z.array(text).min(1).max(50)).optional(),
};
/** How far a rule looks back from the time that it is run for. */
const window = { windowMinutes: minutes(10_080).default(360) };

const completeness = z.strictObject({
  type: z.literal('completeness'),
  ...common,
  ...window,
  columns: z.array(column).min(1).max(20),
  /** Whether all of the columns must be filled, or one is enough. */
  need: z.enum(['all', 'any']).default('all'),
  maxMissingShare: share.default(0),
});

const check = z.union([
  z
    .strictObject({ min: z.number().optional(), max: z.number().optional() })
    .refine(({ min, max }) => min !== undefined || max !== undefined, 'needs min or max'),
  z.strictObject({ oneOf: z.array(text).min(1).max(200) }),
  z.strictObject({ pattern: text }),
  z.strictObject({ json: z.literal(true) }),
  z.strictObject({ maxLength: z.number().int().min(1).max(10_000_000) }),
  z.strictObject({ maxMinutesAfterReceived: z.number().int().min(0).max(10_080) }),
]);
export type ValidityCheck = z.output<typeof check>;

const validity = z.strictObject({
  type: z.literal('validity'),
  ...common,
  ...window,
  column,
  check,
  maxInvalidShare: share.default(0),
});

const uniqueness = z.strictObject({
  type: z.literal('uniqueness'),
  ...common,
  ...window,
  columns: z.array(column).min(1).max(5),
  maxDuplicates: z.number().int().min(0).max(1_000_000_000).default(0),
});

const timeliness = z.strictObject({
  type: z.literal('timeliness'),
  ...common,
  ...window,
  expect: z.union([
    /** Between happening and coming. What is older than so many days when it comes was sent afterwards on purpose. */
    z.strictObject({
      delayMinutes: minutes(525_600),
      maxLateShare: share.default(0),
      ignoreOlderThanDays: z.number().int().min(1).max(3_650).default(7),
    }),
    /** Since the newest row. */
    z.strictObject({ silenceMinutes: minutes(525_600) }),
    /** Between the newest row of another dataset and the newest of this. */
    z.strictObject({ behindMinutes: minutes(525_600), of: z.enum(datasetNames) }),
  ]),
});

const volume = z.strictObject({
  type: z.literal('volume'),
  ...common,
  windowHours: z.number().int().min(1).max(168).default(6),
  weeks: z.number().int().min(3).max(12).default(4),
  /** Robust standard deviations (1.4826 MAD, at least that of a Poisson count) from the median. */
  tolerance: z.number().min(1).max(1_000).default(5),
  /** And at least such a part of the median. */
  minDeviationShare: share.default(0.5),
  direction: z.enum(['both', 'drop', 'rise']).default('both'),
});

export const ruleSchema = z.discriminatedUnion('type', [
  completeness,
  validity,
  uniqueness,
  timeliness,
  volume,
]);
export type Rule = z.output<typeof ruleSchema>;
export type RuleType = Rule['type'];
export type RuleOf<T extends RuleType> = Extract<Rule, { type: T }>;
export const ruleTypes = [
  'completeness',
  'validity',
  'uniqueness',
  'timeliness',
  'volume',
] as const satisfies readonly RuleType[];

/** Takes a rule of the defaults away. */
export const disabledSchema = z.strictObject({ name, enabled: z.literal(false) });

/** Every column that a rule names, with its place in the file. */
export function columnsOf(rule: Rule): readonly (readonly [place: string, column: string])[] {
  const only = Object.keys(rule.only ?? {}).map((c) => [`only.${c}`, c] as const);
  switch (rule.type) {
    case 'completeness':
    case 'uniqueness':
      return [...only, ...rule.columns.map((c, i) => [`columns[${i}]`, c] as const)];
    case 'validity':
      return [...only, ['column', rule.column]];
    default:
      return only;
  }
}

export type { DatasetName };
