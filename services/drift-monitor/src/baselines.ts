import { type DriftSettings, driftSettings } from '@fineprint/drift';
import type { Pool } from 'pg';
import type { Baseline } from './baseline.ts';

/** What these functions need of a Postgres client or pool. */
export type Database = Pick<Pool, 'query'>;

/** A choice that cannot be meant; says what is wrong with it. */
export class BaselineError extends Error {
  readonly code = 'BASELINE_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'BaselineError';
  }
}

const MAX_NAME = 200;
const MAX_DAYS = 365;
const MAX_WINDOW_MINUTES = 10_080;
/** More could not be read each minute. */
const MAX_BASELINES = 10_000;

/** Chooses what a model, or one version of it, is compared with; replaces what was chosen before. */
export async function setBaseline(database: Database, baseline: Baseline): Promise<void> {
  const problems = problemsOf(baseline);
  if (problems.length > 0) throw new BaselineError(problems.join('; '));
  const { range } = baseline;
  const fixed = 'fromMs' in range ? range : null;
  await database.query(
    `INSERT INTO fineprint.ai_drift_baselines
       (model_name, model_version, baseline_version, days, from_at, to_at, window_minutes, settings)
     VALUES ($1, $2, $3, $4, to_timestamp($5::double precision / 1000), to_timestamp($6::double precision / 1000), $7, $8)
     ON CONFLICT (model_name, model_version) DO UPDATE SET
       (baseline_version, days, from_at, to_at, window_minutes, settings, set_at) =
       (excluded.baseline_version, excluded.days, excluded.from_at, excluded.to_at, excluded.window_minutes,
        excluded.settings, now())`,
    [
      baseline.model,
      baseline.version,
      baseline.baselineVersion,
      'days' in range ? range.days : null,
      fixed?.fromMs ?? null,
      fixed?.toMs ?? null,
      baseline.windowMinutes,
      JSON.stringify(baseline.settings),
    ],
  );
}

/** Back to the default. False where nothing was chosen. */
export async function clearBaseline(database: Database, model: string, version: string): Promise<boolean> {
  const { rowCount } = await database.query(
    'DELETE FROM fineprint.ai_drift_baselines WHERE model_name = $1 AND model_version = $2',
    [model, version],
  );
  return rowCount === 1;
}

/** Everything that was chosen, by model and version. */
export async function listBaselines(database: Database): Promise<Baseline[]> {
  const { rows } = await database.query(
    `SELECT model_name AS model, model_version AS version, baseline_version AS "baselineVersion", days,
       (extract(epoch FROM from_at) * 1000)::double precision AS "fromMs",
       (extract(epoch FROM to_at) * 1000)::double precision AS "toMs",
       window_minutes AS "windowMinutes", settings
     FROM fineprint.ai_drift_baselines ORDER BY model_name, model_version LIMIT ${MAX_BASELINES}`,
  );
  return rows.map(({ days, fromMs, toMs, ...row }) => ({
    ...row,
    range: days === null ? { fromMs, toMs } : { days },
  })) as Baseline[];
}

/** All that can be used; a row that somebody wrote by hand and that makes no sense is told and left out. */
export async function readBaselines(
  database: Database,
  onInvalid: (baseline: Baseline, problems: readonly string[]) => void,
): Promise<Baseline[]> {
  return (await listBaselines(database)).filter((baseline) => {
    const problems = problemsOf(baseline);
    if (problems.length > 0) onInvalid(baseline, problems);
    return problems.length === 0;
  });
}

function problemsOf({ model, version, baselineVersion, range, windowMinutes, settings }: Baseline): string[] {
  const problems: string[] = [];
  const check = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const isWithin = (n: number, max: number) => Number.isSafeInteger(n) && n >= 1 && n <= max;
  check(model.length >= 1 && model.length <= MAX_NAME, `a model has 1 to ${MAX_NAME} characters`);
  check(version.length <= MAX_NAME, `a version has at most ${MAX_NAME} characters`);
  check(
    baselineVersion === null || (baselineVersion.length >= 1 && baselineVersion.length <= MAX_NAME),
    `a version to compare with has 1 to ${MAX_NAME} characters`,
  );
  if ('days' in range) check(isWithin(range.days, MAX_DAYS), `days must be 1 to ${MAX_DAYS}`);
  else check(range.fromMs < range.toMs, 'the range must begin before it ends');
  check(isWithin(windowMinutes, MAX_WINDOW_MINUTES), `the window must be 1 to ${MAX_WINDOW_MINUTES} minutes`);
  return [...problems, ...settingProblems(settings)];
}

function settingProblems(settings: Partial<DriftSettings>): string[] {
  const known = Object.keys(driftSettings());
  const strange = Object.entries(settings).flatMap(([name, value]) => {
    if (!known.includes(name)) return [`there is no setting of this name; there are ${known.join(', ')}`];
    return typeof value === 'number' ? [] : [`${name} must be a number`];
  });
  if (strange.length > 0) return strange;
  try {
    driftSettings(settings);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
