import { compareText } from '../distinct.ts';
import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import { DAY_MS } from '../time.ts';
import { fitChurn, type ThinData, visitSummaries } from './churn.ts';

export interface CalibrationBin {
  readonly users: number;
  readonly predicted: number;
  readonly actual: number;
}

export interface BackTest {
  readonly ok: true;
  readonly users: number;
  /** Mean squared error of the predicted risk. */
  readonly brier: number;
  /** The same for one who knows only the share that left, but knows it exactly: what a model has to beat. */
  readonly baselineBrier: number;
  /** 1: always right; 0: no better than the average; below: worse. null where everyone did the same. */
  readonly skill: number | null;
  /** Whether single users' risks are worth showing; if not, the average is the better answer. */
  readonly betterThanAverage: boolean;
  /** Users in ten equal groups by predicted risk: what was said, and what came. */
  readonly calibration: readonly CalibrationBin[];
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
  const model = fitChurn([...known.values()]);
  if (!model.ok) return model;
  const back = new Set<string>();
  for (const event of events) {
    if (event.timeMs >= splitMs && event.timeMs < endMs && isVisit(event)) back.add(event.subject);
  }
  const horizonDays = (endMs - splitMs) / DAY_MS;
  const results = [...known]
    .sort(([a], [b]) => compareText(a, b))
    .map(([subject, user]) => ({ risk: model.riskOf(user, horizonDays), left: back.has(subject) ? 0 : 1 }))
    .sort((a, b) => a.risk - b.risk);
  const share = mean(results.map(({ left }) => left));
  const brier = mean(results.map(({ risk, left }) => (risk - left) ** 2));
  const baselineBrier = share * (1 - share);
  return {
    ok: true,
    users: results.length,
    brier,
    baselineBrier,
    skill: baselineBrier === 0 ? null : 1 - brier / baselineBrier,
    betterThanAverage: brier < baselineBrier,
    calibration: Array.from({ length: BINS }, (_, bin) => {
      const from = Math.floor((bin * results.length) / BINS);
      const group = results.slice(from, Math.floor(((bin + 1) * results.length) / BINS));
      return {
        users: group.length,
        predicted: mean(group.map(({ risk }) => risk)),
        actual: mean(group.map(({ left }) => left)),
      };
    }),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
