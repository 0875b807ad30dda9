import { DriftError } from './errors.ts';

export interface DriftSettings {
  /** PSI from which a shift is moderate; 0.1 by convention. */
  readonly psiModerate: number;
  /** PSI from which it is major; 0.25 by convention. */
  readonly psiMajor: number;
  /** KS distance from which a significant shift is moderate. */
  readonly ksModerate: number;
  readonly ksMajor: number;
  /** A KS distance counts only below this p-value. */
  readonly ksAlpha: number;
  /** Fewer on either side: no verdict. */
  readonly minimumSamples: number;
  /** So many windows in a row at a higher level raise the alarm. */
  readonly raiseAfterWindows: number;
  /** So many windows in a row at a lower level lower it. */
  readonly clearAfterWindows: number;
}

/**
 * PSI 0.1 and 0.25: Siddiqi, "Credit Risk Scorecards", 2006. KS distances: those of the normal shift with that PSI; a
 * shift of δ deviations has PSI ≈ δ² and D = 2 Φ(δ/2) − 1. Minimum: without any drift PSI is about χ²₉ (1/n + 1/m)
 * over ten bins (Yurdakul and Naranjo, "Statistical Properties of the Population Stability Index", 2020): 500 on each
 * side pass 0.1 in one window of a hundred, 1,000 hardly ever.
 */
export const DEFAULT_DRIFT_SETTINGS: DriftSettings = {
  psiModerate: 0.1,
  psiMajor: 0.25,
  ksModerate: 0.125,
  ksMajor: 0.197,
  ksAlpha: 0.001,
  minimumSamples: 1_000,
  raiseAfterWindows: 2,
  clearAfterWindows: 3,
};

/** The defaults with changes; reports all problems at once. */
export function driftSettings(changes: Partial<DriftSettings> = {}): DriftSettings {
  const settings = { ...DEFAULT_DRIFT_SETTINGS, ...changes };
  const problems: string[] = [];
  const check = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  check(settings.psiModerate > 0, 'psiModerate must be above 0');
  check(settings.psiMajor > settings.psiModerate, 'psiMajor must exceed psiModerate');
  check(settings.ksModerate > 0, 'ksModerate must be above 0');
  check(
    settings.ksMajor > settings.ksModerate && settings.ksMajor <= 1,
    'ksMajor must exceed ksModerate, up to 1',
  );
  check(settings.ksAlpha > 0 && settings.ksAlpha < 1, 'ksAlpha must lie between 0 and 1');
  for (const name of ['minimumSamples', 'raiseAfterWindows', 'clearAfterWindows'] as const) {
    check(Number.isSafeInteger(settings[name]) && settings[name] >= 1, `${name} must be a whole number ≥ 1`);
  }
  if (problems.length > 0) throw new DriftError('DRIFT_SETTINGS_INVALID', problems.join('; '));
  return settings;
}
