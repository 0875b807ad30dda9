import { type HourRow, judgeVolume } from './judge-volume.ts';
import type { Rule, RuleOf } from './rule.ts';
import { windowOf } from './rule-question.ts';

export const statuses = ['pass', 'fail', 'not_enough_data', 'error'] as const;
export type Status = (typeof statuses)[number];

/** What a rule says of a window. */
export interface Verdict {
  readonly status: Status;
  readonly rows: number;
  readonly bad: number;
  /** What was measured, and what it may be at most: a share, rows, minutes or deviations, by the kind of the rule. */
  readonly value: number | null;
  readonly threshold: number;
  /** Ids of rows that are bad; never a value. */
  readonly samples: readonly string[];
  /** Figures that explain it. */
  readonly details: Readonly<Record<string, unknown>>;
}

interface BadRow {
  readonly rows: number;
  readonly bad: number;
  readonly samples: readonly string[];
}

interface NewestRow {
  readonly newest: number | null;
  readonly otherNewest: number | null;
}

const MINUTE_MS = 60_000;

/** What follows from the rows that answer a rule's question. */
export function judge(rule: Rule, rows: readonly unknown[], atMs: number): Verdict {
  switch (rule.type) {
    case 'completeness':
      return judgeShare(rule, firstOf(rows), rule.maxMissingShare);
    case 'validity':
      return judgeShare(rule, firstOf(rows), rule.maxInvalidShare);
    case 'uniqueness':
      return judgeDuplicates(rule, firstOf(rows));
    case 'timeliness':
      return 'delayMinutes' in rule.expect
        ? judgeShare(rule, firstOf(rows), rule.expect.maxLateShare)
        : judgeNewest(rule, firstOf(rows), atMs);
    case 'volume':
      return judgeVolume(rule, rows as readonly HourRow[], windowOf(rule, atMs));
  }
}

function firstOf<T>(rows: readonly unknown[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate without groups has one row');
  return row as T;
}

function judgeShare({ minRows }: Rule, { rows, bad, samples }: BadRow, threshold: number): Verdict {
  const found = { rows, bad, threshold, samples, details: {} };
  if (rows < minRows) return { ...found, status: 'not_enough_data', value: null };
  const value = bad / rows;
  return { ...found, status: value > threshold ? 'fail' : 'pass', value };
}

function judgeDuplicates({ minRows, maxDuplicates }: RuleOf<'uniqueness'>, row: BadRow): Verdict {
  const { rows, bad, samples } = row;
  const found = { rows, bad, threshold: maxDuplicates, samples, details: {} };
  if (rows < minRows) return { ...found, status: 'not_enough_data', value: null };
  return { ...found, status: bad > maxDuplicates ? 'fail' : 'pass', value: bad };
}

/** Against the clock, or against the newest row of what it is made from. Without any row there is nothing to wait for. */
function judgeNewest(
  { expect }: RuleOf<'timeliness'>,
  { newest, otherNewest }: NewestRow,
  atMs: number,
): Verdict {
  const isBehind = 'of' in expect;
  const threshold =
    'behindMinutes' in expect ? expect.behindMinutes : 'silenceMinutes' in expect ? expect.silenceMinutes : 0;
  const untilMs = isBehind ? otherNewest : atMs;
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const details = { newest: iso(newest), ...(isBehind ? { newest_of_other: iso(otherNewest) } : {}) };
  const found = { rows: 0, bad: 0, threshold, samples: [], details };
  if (newest === null || untilMs === null) return { ...found, status: 'not_enough_data', value: null };
  const value = Math.max(0, untilMs - newest) / MINUTE_MS;
  return { ...found, status: value > threshold ? 'fail' : 'pass', value };
}
