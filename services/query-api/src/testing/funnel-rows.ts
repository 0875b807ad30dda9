import { randomSource } from './ai-rows.ts';

/** A row of funnel_progress as tests write it. Times in epoch milliseconds. */
export interface FunnelRow {
  readonly person: string;
  readonly funnel: string;
  readonly definition_version: number;
  readonly revision: number;
  readonly level: number;
  readonly step_count: number;
  readonly steps: readonly string[];
  readonly step_times: readonly number[];
  readonly entered_at: number | null;
  readonly reached_at: number | null;
  readonly open_until: number | null;
  readonly exact: boolean;
  readonly merged_into: string | null;
}

export interface GeneratedPeople {
  readonly seed: number;
  readonly count: number;
  readonly funnel: string;
  readonly version: number;
  readonly steps: readonly string[];
  readonly order: 'ordered' | 'any';
  readonly fromMs: number;
  readonly toMs: number;
  readonly windowMs: number;
}

/** People at every level, some with ties between steps, some at an earlier revision that a later one replaces. */
export function generatePeople(options: GeneratedPeople): FunnelRow[] {
  const random = randomSource(options.seed);
  const rows: FunnelRow[] = [];
  for (let i = 0; i < options.count; i++) {
    const person = `${i % 3 === 0 ? 'a' : 'u'}:${options.funnel}-${i}`;
    const last = generateRow(options, person, random);
    if (random() < 0.3)
      rows.push({ ...generateRow(options, person, random), revision: last.revision - 1, merged_into: null });
    rows.push(last);
  }
  return rows;
}

function generateRow(
  { funnel, version, steps, order, fromMs, toMs, windowMs }: GeneratedPeople,
  person: string,
  random: () => number,
): FunnelRow {
  const merged = random() < 0.05;
  const level = merged ? 0 : Math.min(steps.length, Math.floor(random() * (steps.length + 1.5)));
  const chosen = order === 'ordered' ? steps.slice(0, level) : pick(steps, level, random);
  const enteredMs = fromMs + Math.floor(random() * (toMs - fromMs));
  let at = enteredMs;
  const times = chosen.map((_, i) => {
    if (i > 0 && random() < 0.8) at += Math.floor((random() * windowMs) / steps.length);
    return at;
  });
  if (order === 'any') times.sort(() => random() - 0.5);
  const converted = level === steps.length;
  return {
    person,
    funnel,
    definition_version: version,
    revision: 10 + Math.floor(random() * 5),
    level,
    step_count: steps.length,
    steps: chosen,
    step_times: times,
    entered_at: level === 0 ? null : Math.min(...times),
    reached_at: level === 0 ? null : Math.max(...times),
    open_until: level === 0 || converted ? null : enteredMs + windowMs,
    exact: random() > 0.02,
    merged_into: merged ? 'u:other' : null,
  };
}

const pick = (steps: readonly string[], count: number, random: () => number): string[] => {
  const chosen = new Set([...steps].sort(() => random() - 0.5).slice(0, count));
  return steps.filter((step) => chosen.has(step));
};
