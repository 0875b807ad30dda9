import {
  type Baseline,
  BaselineError,
  clearBaseline,
  connectDriftDatabase,
  DEFAULT_CHOICE,
  evaluateOnce,
  listBaselines,
  type OnceResult,
  setBaseline,
} from '@fineprint/drift-monitor';
import { createNodePublisher } from '@fineprint/service-kit';
import type { Stack } from '@fineprint/stack';
import { connectRegistry } from '@fineprint/stream-runtime';
import type { RunDriftOptions, SetBaselineOptions } from '../commands/drift.ts';
import { CliError } from '../errors.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';

const HELP = 'See: drift baseline set --help';
/** As the service has it by default. */
const MAX_SERIES = 2_000;

async function openWithPostgres(): Promise<Stack> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return stack;
}

export async function setModelBaseline(model: string, options: SetBaselineOptions): Promise<void> {
  const baseline: Baseline = {
    model,
    version: options.modelVersion ?? '',
    baselineVersion: options.against ?? null,
    range: rangeOf(options),
    windowMinutes: options.window ?? DEFAULT_CHOICE.windowMinutes,
    settings: Object.fromEntries(options.threshold ?? []),
  };
  const { endpoints } = await openWithPostgres();
  await withPostgres(endpoints.databaseUrl, (client) => setBaseline(client, baseline)).catch(refuse);
  if (options.json) return printJson(baselineJson(baseline));
  await printText(`${model} is compared with ${describe(baseline)}, from the next slot on.`);
}

function rangeOf({ days, from, to }: SetBaselineOptions): Baseline['range'] {
  if ((from === undefined) !== (to === undefined))
    throw new CliError('USAGE', 'A range has a beginning and an end.', 'Give both --from and --to.');
  if (from === undefined || to === undefined) return days === undefined ? DEFAULT_CHOICE.range : { days };
  if (days !== undefined)
    throw new CliError('USAGE', 'A baseline is the last days or a range.', 'Leave out --days or --from.');
  return { fromMs: from.getTime(), toMs: to.getTime() };
}

function refuse(error: unknown): never {
  if (!(error instanceof BaselineError)) throw error;
  throw new CliError('USAGE', `The baseline was not set: ${error.message}.`, HELP, { cause: error });
}

export async function listModelBaselines(options: { json?: true }): Promise<void> {
  const { endpoints } = await openWithPostgres();
  const baselines = await withPostgres(endpoints.databaseUrl, listBaselines);
  if (options.json) return printJson(baselines.map(baselineJson));
  await printText(
    table(
      ['model', 'version', 'compared with', 'window', 'thresholds'],
      baselines.map((b) => [
        b.model,
        b.version || 'every one',
        describe(b),
        `${b.windowMinutes} min`,
        Object.entries(b.settings)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ]),
    ),
  );
}

export async function clearModelBaseline(
  model: string,
  { modelVersion, json }: { modelVersion?: string; json?: true },
): Promise<void> {
  const { endpoints } = await openWithPostgres();
  const isCleared = await withPostgres(endpoints.databaseUrl, (client) =>
    clearBaseline(client, model, modelVersion ?? ''),
  );
  if (!isCleared)
    throw new CliError(
      'BASELINE_UNKNOWN',
      `Nothing was chosen for ${model}${modelVersion === undefined ? '' : ` ${modelVersion}`}.`,
      'See: npm run -s fineprint -- drift baseline list',
    );
  if (json) return printJson({ model, version: modelVersion ?? '', cleared: true });
  await printText(`${model} has the default baseline again.`);
}

const isoOf = (ms: number) => new Date(ms).toISOString();

function describe({ baselineVersion, range }: Baseline): string {
  const version = baselineVersion === null ? 'the same version' : `version ${baselineVersion}`;
  return 'days' in range
    ? `${version}, the last ${range.days} days`
    : `${version}, ${isoOf(range.fromMs)} to ${isoOf(range.toMs)}`;
}

function baselineJson({ model, version, baselineVersion, range, windowMinutes, settings }: Baseline) {
  return {
    model,
    version,
    against: baselineVersion,
    ...('days' in range ? { days: range.days } : { from: isoOf(range.fromMs), to: isoOf(range.toMs) }),
    window_minutes: windowMinutes,
    settings,
  };
}

/** `fineprint drift run`. */
export async function runDrift(options: RunDriftOptions): Promise<void> {
  const atMs = options.at?.getTime() ?? Date.now();
  if (atMs > Date.now())
    throw new CliError('USAGE', 'What has not happened yet cannot be evaluated.', 'Give a time of the past.');
  const stack = await openWithPostgres();
  for (const part of ['clickhouse', 'kafka'] as const) await requirePart(stack, part);
  const { endpoints } = stack;
  const pool = connectDriftDatabase(endpoints.databaseUrl, () => undefined); // the query under way fails too
  const publisher = createNodePublisher(
    await connectToKafka(stack),
    connectRegistry(endpoints.schemaRegistryUrl),
    'drift-monitor',
    () => undefined, // readers show what is not claimed as unconfirmed
  );
  try {
    const result = await evaluateOnce({
      pool,
      publisher,
      clickhouse: {
        url: endpoints.clickhouseUrl,
        username: endpoints.clickhouseUsername,
        password: endpoints.clickhousePassword,
      },
      atMs,
      ...(options.model === undefined ? {} : { model: options.model }),
      maxSeries: MAX_SERIES,
      onInvalidBaseline: (message) =>
        process.stderr.write(`A chosen baseline makes no sense and is left out: ${message}\n`),
    });
    await printResult(result, options);
  } finally {
    await publisher.close();
    await pool.end();
  }
}

async function printResult({ slotMs, records, repeats, isCut }: OnceResult, options: RunDriftOptions) {
  if (options.json)
    return printJson({ slot: isoOf(slotMs), repeats, more_models_than_limit: isCut, evaluations: records });
  const figure = (n: number | null) => (n === null ? '' : n.toPrecision(3));
  await printText(
    table(
      ['model', 'version', 'measure', 'verdict', 'level', 'PSI', 'KS', 'baseline', 'now'],
      records.map((r) => [
        r.model_name,
        r.model_version,
        r.measure,
        r.verdict,
        r.level === r.previous_level ? r.level : `${r.previous_level} → ${r.level}`,
        figure(r.psi),
        figure(r.ks_statistic),
        String(r.baseline_count),
        String(r.current_count),
      ]),
    ),
  );
  if (repeats > 0)
    process.stderr.write(
      `${repeats} evaluations of ${isoOf(slotMs)} or a later time had been made before.\n`,
    );
  if (isCut)
    process.stderr.write(`Only the ${MAX_SERIES} model versions with the most requests were taken.\n`);
}
