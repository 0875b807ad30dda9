import type { Scrubber } from './scrub.ts';

/** One labelled event: `pii` values must go, `clean` strings must survive. */
export interface LabelledCase {
  readonly id: string;
  readonly event: unknown;
  readonly pii: readonly LabelledSpan[];
  readonly clean: readonly string[];
}

export interface LabelledSpan {
  readonly path: string;
  readonly type: string;
  readonly value: string;
  readonly in_key?: boolean;
}

export interface TypeScore {
  readonly found: number;
  readonly total: number;
}

export interface Evaluation {
  readonly cases: number;
  readonly recall: number;
  readonly cleanKept: number;
  readonly byType: Readonly<Record<string, TypeScore>>;
  /** What went wrong, for the author of rules; holds values, so only for labelled test data. */
  readonly missed: readonly string[];
  readonly lost: readonly string[];
}

/** The part of the event at a dotted path, as JSON text; names may themselves hold dots. Undefined: the path is gone. */
function partAt(event: unknown, path: string): unknown {
  let at: unknown = event;
  let rest = path;
  while (rest !== '') {
    if (typeof at !== 'object' || at === null) return at;
    const names = Object.keys(at).filter((name) => rest === name || rest.startsWith(`${name}.`));
    const name = names.sort((a, b) => b.length - a.length)[0];
    if (name === undefined) return at;
    at = (at as Record<string, unknown>)[name];
    rest = rest.slice(name.length + 1);
  }
  return at;
}

/** A text as it stands inside JSON: compared without quotes around it. */
function jsonForm(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function holds(part: unknown, value: string): boolean {
  const text = JSON.stringify(part) ?? '';
  return text.includes(jsonForm(value)) || text.includes(jsonForm(jsonForm(value)));
}

export function evaluate(cases: Iterable<LabelledCase>, scrubber: Scrubber): Evaluation {
  const byType: Record<string, { found: number; total: number }> = {};
  const missed: string[] = [];
  const lost: string[] = [];
  let count = 0;
  let cleanTotal = 0;
  for (const item of cases) {
    count++;
    const { value } = scrubber.scrubValue(item.event);
    const whole = JSON.stringify(value);
    for (const span of item.pii) {
      const score = byType[span.type] ?? { found: 0, total: 0 };
      byType[span.type] = score;
      score.total++;
      if (holds(partAt(value, span.path), span.value))
        missed.push(`${item.id} ${span.type} ${span.path}: ${span.value}`);
      else score.found++;
    }
    for (const text of item.clean) {
      cleanTotal++;
      if (!whole.includes(jsonForm(text)) && !whole.includes(jsonForm(jsonForm(text))))
        lost.push(`${item.id}: ${text}`);
    }
  }
  const total = Object.values(byType).reduce((sum, score) => sum + score.total, 0);
  return {
    cases: count,
    recall: total === 0 ? 1 : (total - missed.length) / total,
    cleanKept: cleanTotal === 0 ? 1 : (cleanTotal - lost.length) / cleanTotal,
    byType,
    missed,
    lost,
  };
}
