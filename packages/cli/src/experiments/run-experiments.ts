import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Experiment, ExperimentPage, ExperimentResults } from '@fineprint/query-api/experiments';
import type { QueryOptions } from '../commands/experiments.ts';
import { CliError } from '../errors.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { connectQueryApi } from './query-client.ts';
import { renderResults } from './render-results.ts';

const PATH = '/api/v1/ai/experiments';
const PAGE = 200;

const pathOf = (id: string) => `${PATH}/${encodeURIComponent(id)}`;

export async function create(file: string, options: QueryOptions): Promise<void> {
  const definition = await readDefinition(file);
  const ask = await connectQueryApi(options);
  await tell(await ask<Experiment>('POST', PATH, definition), options);
}

export async function start(id: string, options: QueryOptions): Promise<void> {
  const ask = await connectQueryApi(options);
  await tell(await ask<Experiment>('POST', `${pathOf(id)}/start`), options);
}

export async function stop(id: string, options: QueryOptions & { reason?: string }): Promise<void> {
  const ask = await connectQueryApi(options);
  const { reason } = options;
  await tell(
    await ask<Experiment>('POST', `${pathOf(id)}/stop`, reason === undefined ? {} : { reason }),
    options,
  );
}

export async function list(options: QueryOptions & { status?: string }): Promise<void> {
  const ask = await connectQueryApi(options);
  const found: Experiment[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (options.status !== undefined) query.set('status', options.status);
    if (after !== '') query.set('after', after);
    const page: ExperimentPage = await ask<ExperimentPage>('GET', `${PATH}?${query}`);
    found.push(...page.experiments);
    after = page.next_after;
  }
  if (options.json) return printJson(found);
  if (found.length === 0) return printText('No experiment.');
  const rows = found.map(({ id, status, definition, started_at, stopped_at, stop_reason }) => [
    id,
    status,
    definition.unit,
    definition.variants.map(({ name, weight }) => `${name} ${weight}`).join(', '),
    started_at ?? '',
    stopped_at ?? '',
    stop_reason ?? '',
  ]);
  await printText(table(['id', 'status', 'unit', 'variants', 'started', 'stopped', 'why'], rows));
}

export async function results(id: string, options: QueryOptions): Promise<void> {
  const ask = await connectQueryApi(options);
  const found = await ask<ExperimentResults>('GET', `${pathOf(id)}/results`);
  await (options.json ? printJson(found) : printText(renderResults(found)));
}

async function tell(experiment: Experiment, options: QueryOptions): Promise<void> {
  await (options.json ? printJson(experiment) : printText(`${experiment.id} is ${experiment.status}.`));
}

async function readDefinition(file: string): Promise<unknown> {
  const content = file === '-' ? await text(process.stdin) : readFileSync(userPath(file), 'utf8');
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new CliError('USAGE', `${file} is not JSON.`, 'See: experiments create --help', { cause });
  }
}
