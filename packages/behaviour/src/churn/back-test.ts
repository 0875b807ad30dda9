import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import { DAY_MS } from '../time.ts';
import { fitChurnGroups, type ThinData, type VisitGroup, visitSummaries } from './churn.ts';

export interface CalibrationBin {
  readonly users: number;
  readonly predicted: number;
  readonly actual: number;
}

export interface BackTest {
  readonly ok: true;
  readonly users: number;
  /** The share that stayed away. */
  readonly leftShare: number;
  /** Mean squared error of the predicted risk. */
  readonly brier: number;
  /** The same for one who knows only the share that left, but knows it exactly: what a model has to beat. */
  readonly baselineBrier: number;
  /** 1: always right; 0: no better than the average; below: worse. null where everyone did the same. */
  readonly skill: number | null;
  /** Whether single users' risks are worth showing; if not, the average is the better answer. */
  readonly betterThanAverage: boolean;
  /** Users in ten equal groups by predicted risk: what was said, and what came. Users of one risk are alike in all of them. */
  readonly calibration: readonly CalibrationBin[];
}

/** Users whose visits before the split are summed up alike, and how many of them stayed away afterwards. */
export interface TestGroup extends VisitGroup {
  readonly left: number;
}

const BINS = 10;

/** Fits on what happened before `splitMs` and asks who stayed away from then to `endMs`. */
export function backTestChurn(
  events: readonly BehaviourEvent[],
  isVisit: EventPredicate,
  splitMs: number,
  endMs: number,
): BackTest | ThinData {
  const known = visitSummaries(events, isVisit, splitMs);
  const back = new Set<string>();
  for (const event of events) {
    if (event.timeMs >= splitMs && event.timeMs < endMs && isVisit(event)) back.add(event.subject);
  }
  const groups = [...known].map(([subject, user]) => ({
    ...user,
    users: 1,
    left: back.has(subject) ? 0 : 1,
  }));
  return backTestChurnGroups(groups, (endMs - splitMs) / DAY_MS);
}

/** The same of users that were counted by groups: what a database answers. */
export function backTestChurnGroups(groups: readonly TestGroup[], horizonDays: number): BackTest | ThinData {
  const model = fitChurnGroups(groups);
  if (!model.ok) return model;
  const results = byRisk(groups.map((group) => ({ ...group, risk: model.riskOf(group, horizonDays) })));
  const users = results.reduce((sum, group) => sum + group.users, 0);
  const leftShare = results.reduce((sum, group) => sum + group.left, 0) / users;
  const brier = results.reduce((sum, group) => sum + squaredError(group), 0) / users;
  const baselineBrier = leftShare * (1 - leftShare);
  return {
    ok: true,
    users,
    leftShare,
    brier,
    baselineBrier,
    skill: baselineBrier === 0 ? null : 1 - brier / baselineBrier,
    betterThanAverage: brier < baselineBrier,
    calibration: calibrationOf(results, users),
  };
}

interface Result {
  readonly risk: number;
  readonly users: number;
  readonly left: number;
}

/** One result per risk, lowest first, so that neither names nor the order of events decide anything. */
function byRisk(results: readonly Result[]): Result[] {
  const found = new Map<number, Result>();
  for (const { risk, users, left } of results) {
    const present = found.get(risk);
    found.set(risk, { risk, users: users + (present?.users ?? 0), left: left + (present?.left ?? 0) });
  }
  return [...found.values()].sort((a, b) => a.risk - b.risk);
}

function squaredError({ risk, users, left }: Result): number {
  return left * (risk - 1) ** 2 + (users - left) * risk ** 2;
}

function calibrationOf(results: readonly Result[], users: number): CalibrationBin[] {
  const edges = Array.from({ length: BINS + 1 }, (_, bin) => Math.floor((bin * users) / BINS));
  const bins = Array.from({ length: BINS }, () => ({ predicted: 0, actual: 0 }));
  let before = 0;
  for (const { risk, users: own, left } of results) {
    for (const [bin, sums] of bins.entries()) {
      const inside = Math.min(before + own, edges[bin + 1] ?? 0) - Math.max(before, edges[bin] ?? 0);
      if (inside <= 0) continue;
      sums.predicted += inside * risk;
      sums.actual += (inside * left) / own;
    }
    before += own;
  }
  return bins.map(({ predicted, actual }, bin) => {
    const size = (edges[bin + 1] ?? 0) - (edges[bin] ?? 0);
    return { users: size, predicted: predicted / size, actual: actual / size };
  });
}
