import {
  type BackTest,
  type BgNbdParameters,
  backTestChurnGroups,
  fitChurnGroups,
  type TestGroup,
  type ThinData,
  type VisitGroup,
} from '@fineprint/behaviour';

export interface FitInput {
  readonly now: readonly VisitGroup[];
  readonly split: readonly TestGroup[];
  readonly horizonDays: number;
}

export interface RiskGroup extends VisitGroup {
  readonly risk: number;
}

export interface Fitted {
  readonly ok: true;
  readonly parameters: BgNbdParameters;
  readonly meanRisk: number;
  /** Those most at risk first. */
  readonly highest: readonly RiskGroup[];
}

export interface FitResult {
  readonly fit: Fitted | ThinData;
  readonly backTest: BackTest | ThinData;
}

/** More groups than people are ever shown. */
export const MAX_SHOWN = 200;

/** All that takes long: seconds where many people differ. */
export function fitAndTest({ now, split, horizonDays }: FitInput): FitResult {
  const model = fitChurnGroups(now);
  const backTest = backTestChurnGroups(split, horizonDays);
  if (!model.ok) return { fit: model, backTest };
  const risks = now.map((group) => ({ ...group, risk: model.riskOf(group, horizonDays) }));
  const users = risks.reduce((sum, group) => sum + group.users, 0);
  const meanRisk = risks.reduce((sum, group) => sum + group.users * group.risk, 0) / users;
  const highest = risks.sort((a, b) => b.risk - a.risk).slice(0, MAX_SHOWN);
  return { fit: { ok: true, parameters: model.parameters, meanRisk, highest }, backTest };
}
