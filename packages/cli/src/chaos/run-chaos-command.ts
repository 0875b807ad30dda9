import type { ChaosReport, Lab } from '@fineprint/chaos';
import type { ChaosCommandOptions } from '../commands/chaos.ts';
import { CliError } from '../errors.ts';
import { printJson, printText } from '../output.ts';
import { wantedServices } from '../services.ts';
import { table } from '../table.ts';
import { createProgressView } from '../up/progress-view.ts';
import { startChaosProgress } from './chaos-progress.ts';
import { openChaosStack } from './chaos-stack.ts';
import { olderVersion } from './older-version.ts';
import { writeReport } from './write-report.ts';

const MINUTE_MS = 60_000;
const WARM_UP_MS = 15_000;
const REST_WITHIN_MS = 10 * MINUTE_MS;
const EXIT_INTERRUPTED = 130;

/** `fineprint chaos`. */
export async function runChaosCommand(options: ChaosCommandOptions): Promise<void> {
  const { labs, renderReport } = await import('@fineprint/chaos');
  if (options.list) return await list(labs, options);
  const chosen = chosenOf(labs, options);
  if (options.lab !== undefined) checkTime(chosen, options.minutes);
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  process.stderr.write(`seed ${seed}\n`);
  const report = await run(chosen, seed, options);
  if (options.json) await printJson(report);
  else await printText(renderReport(report));
  if (options.writeReport) await writeReport(report);
  if (report.passed) return;
  process.exitCode = 1;
  process.stderr.write(`The same again: npm run -s fineprint -- chaos --seed ${seed}${flagsOf(options)}\n`);
}

async function run(labs: readonly Lab[], seed: number, options: ChaosCommandOptions): Promise<ChaosReport> {
  const { runChaos } = await import('@fineprint/chaos');
  const interrupted = onInterrupt();
  const older = options.from === undefined ? undefined : await olderVersion(options.from);
  const starting = createProgressView();
  const opened = await openChaosStack(starting.on, {
    withSnowflake: options.with === 'snowflake',
  }).finally(() => starting.end());
  const progress = startChaosProgress(options.minutes * MINUTE_MS);
  let passed = false;
  try {
    const { stack, keys, env, snowflake } = opened;
    const host = { stack, keys, env, snowflake, older, services: wantedServices };
    const report = await runChaos(host, {
      seed,
      labs,
      once: options.labs !== undefined,
      durationMs: options.minutes * MINUTE_MS,
      warmUpMs: WARM_UP_MS,
      rate: options.rate,
      ...(options.events === undefined ? {} : { events: options.events }),
      restWithinMs: REST_WITHIN_MS,
      onProgress: progress.on,
      interrupted,
    });
    passed = report.passed;
    return report;
  } finally {
    progress.stop();
    const keep = options.keep === true || !passed;
    if (keep) process.stderr.write(`Logs and data: ${opened.stack.settings.dataDir}\n`);
    await opened.close({ keep });
  }
}

async function list(labs: readonly Lab[], options: ChaosCommandOptions): Promise<void> {
  const shown = labs.map(({ name, kind, title, passes }) => ({ name, kind, title, passes }));
  if (options.json) return await printJson({ labs: shown });
  await printText(
    table(
      ['lab', 'kind', 'what', 'passes when'],
      shown.map((l) => [l.name, l.kind, l.title, l.passes]),
    ),
  );
}

function chosenOf(labs: readonly Lab[], { lab, labs: kind }: ChaosCommandOptions): readonly Lab[] {
  if (kind !== undefined) return labs.filter((l) => l.kind === kind);
  return lab?.split(',').map((name) => labNamed(labs, name)) ?? labs;
}

function labNamed(labs: readonly Lab[], name: string): Lab {
  const found = labs.find((lab) => lab.name === name);
  if (found !== undefined) return found;
  throw new CliError('USAGE', `There is no lab ${name}.`, 'All labs: npm run -s fineprint -- chaos --list');
}

/** A lab for which no time is left never begins, and a run without it would pass. */
function checkTime(chosen: readonly Lab[], minutes: number): void {
  const longestMs = Math.max(...chosen.map((lab) => lab.takesMs)) + WARM_UP_MS;
  if (minutes * MINUTE_MS >= longestMs) return;
  const needed = Math.ceil(longestMs / MINUTE_MS);
  throw new CliError('USAGE', `${minutes} minutes are too short for it.`, `Give it --minutes ${needed}.`);
}

const flagsOf = ({ minutes, lab, labs, rate, from, with: part }: ChaosCommandOptions): string =>
  ` --minutes ${minutes} --rate ${rate}${from === undefined ? '' : ` --from ${from}`}${part === undefined ? '' : ` --with ${part}`}${lab === undefined ? '' : ` --lab ${lab}`}${labs === undefined ? '' : ` --labs ${labs}`}`;

/** The first Ctrl-C ends the run in order, the second one at once. */
function onInterrupt(): AbortSignal {
  const asked = new AbortController();
  const stop = () => {
    if (asked.signal.aborted) process.exit(EXIT_INTERRUPTED);
    asked.abort(
      new CliError('INTERRUPTED', 'The run was interrupted.', 'Start it again with the same seed.'),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return asked.signal;
}
