import { CliError } from '../errors.ts';
import type { Api, Mapping } from './mapping.ts';
import { chooseMapping } from './mapping-files.ts';
import { type Input, openInput } from './open-input.ts';
import { readCsv, readHeader } from './read-csv.ts';
import { readJsonl } from './read-jsonl.ts';
import type { ReadLine } from './send-item.ts';

export interface EventFile {
  readonly input: Input;
  /** Undefined for a file that holds events themselves. */
  readonly mapping: Mapping | undefined;
  readonly lines: AsyncGenerator<ReadLine[], void, undefined>;
}

/** Opens a file of events: JSONL, or CSV with a mapping; plain or gzip. */
export async function openEventFile(
  file: string,
  options: { readonly mapping: string; readonly api: Api | undefined },
): Promise<EventFile> {
  const input = await openInput(file);
  const firstLine = input.firstLine.replace(/^\ufeff/, '').trim();
  if (firstLine === '')
    throw new CliError('FORMAT_UNKNOWN', `${file} is empty.`, 'Name a file with events in it.');
  if (firstLine.startsWith('{'))
    return { input, mapping: undefined, lines: readJsonl(input.chunks, options.api) };
  const mapping = chooseMapping(options.mapping, await readHeader(firstLine));
  return { input, mapping, lines: readCsv(input.chunks, mapping) };
}
